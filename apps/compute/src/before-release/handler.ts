import { setTimeout } from 'node:timers/promises'
import { ECS, type Task } from '@aws-sdk/client-ecs'

/** What the function needs, in its one variable: the same for all releases of a service. */
export interface CommandSettings {
  readonly cluster: string
  readonly container: string
  readonly command: readonly string[]
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  readonly timeoutMinutes: number
  /** Where the output of the command is. */
  readonly logGroup: string
  /** Marks the tasks of the command. */
  readonly startedBy: string
}

export type EcsCalls = Pick<ECS, 'describeTasks' | 'listTasks' | 'runTask' | 'stopTask'>

/** The part of the CodeDeploy client that is used. The runtime of Lambda contains the client. */
export interface CodeDeployCalls {
  getDeployment(input: { deploymentId: string }): Promise<{
    deploymentInfo?: { revision?: { appSpecContent?: { content?: string } } }
  }>
  putLifecycleEventHookExecutionStatus(input: {
    deploymentId: string
    lifecycleEventHookExecutionId: string
    status: 'Succeeded' | 'Failed'
  }): Promise<unknown>
}

/** From Terraform, which names the revision and waits for the response. */
export interface TerraformEvent {
  readonly taskDefinition: string
}

/** From CodeDeploy, which waits for a call. */
export interface HookEvent {
  readonly DeploymentId: string
  readonly LifecycleEventHookExecutionId: string
}

export async function handler(event: TerraformEvent | HookEvent): Promise<object> {
  const run = (taskDefinition: string) =>
    runCommand(new ECS(), JSON.parse(process.env.COMMAND ?? ''), taskDefinition)
  if ('taskDefinition' in event) return run(event.taskDefinition)
  // biome-ignore lint/style/noCommonJs: the client is a part of Lambda's runtime, in a folder that import does not search
  const { CodeDeploy } = require('@aws-sdk/client-codedeploy')
  return runHook(new CodeDeploy(), event, run)
}

/** Reports the result to CodeDeploy, which stops the release of a command that failed. */
export async function runHook(
  codeDeploy: CodeDeployCalls,
  { DeploymentId: deploymentId, LifecycleEventHookExecutionId }: HookEvent,
  run: (taskDefinition: string) => Promise<object>,
): Promise<object> {
  let status: 'Succeeded' | 'Failed' = 'Failed'
  try {
    const { deploymentInfo } = await codeDeploy.getDeployment({ deploymentId })
    // An AppSpec is JSON or YAML.
    const [revision] =
      /arn:[\w-]+:ecs:[\w-]+:\d{12}:task-definition\/[\w-]+:\d+/.exec(
        deploymentInfo?.revision?.appSpecContent?.content ?? '',
      ) ?? []
    if (revision === undefined) throw new Error('the AppSpec names no revision by its ARN')
    await run(revision)
    status = 'Succeeded'
  } catch (error) {
    console.error(error)
  }
  await codeDeploy.putLifecycleEventHookExecutionStatus({
    deploymentId,
    lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
    status,
  })
  return { status }
}

/** Runs the command in a task of the revision. Throws if it fails or takes too long. */
export async function runCommand(
  ecs: EcsCalls,
  settings: CommandSettings,
  taskDefinition: string,
  wait: (milliseconds: number) => Promise<unknown> = setTimeout,
): Promise<{ task: string }> {
  const { cluster, container, logGroup, timeoutMinutes } = settings
  // A caller that lost its connection calls again, while the first task still runs.
  const task =
    (await runningTask(ecs, settings, taskDefinition)) ??
    (await startedTask(ecs, settings, taskDefinition))
  const fail = (why: string) => {
    throw new Error(
      `The release stops, because its command "${settings.command.join(' ')}" ${why}. The previous revision keeps running. See log group ${logGroup}, task ${task}.`,
    )
  }
  const pollSeconds = 5
  for (let seconds = 0; seconds < timeoutMinutes * 60; seconds += pollSeconds) {
    const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: [task] })
    // ECS may not find a task that has just started.
    const [found] = tasks
    if (found?.lastStatus === 'STOPPED') {
      const { exitCode, reason } = found.containers?.find(({ name }) => name === container) ?? {}
      if (exitCode === 0) return { task }
      return fail(
        exitCode === undefined
          ? `did not start: ${reason ?? found.stoppedReason}`
          : `exited with ${exitCode}`,
      )
    }
    await wait(pollSeconds * 1000)
  }
  await ecs.stopTask({ cluster, task, reason: `${timeoutMinutes} minutes have passed` })
  return fail(`takes longer than ${timeoutMinutes} minutes`)
}

async function runningTask(
  ecs: EcsCalls,
  { cluster, startedBy }: CommandSettings,
  taskDefinition: string,
): Promise<string | undefined> {
  const { taskArns = [] } = await ecs.listTasks({ cluster, startedBy })
  if (taskArns.length === 0) return undefined
  const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: taskArns })
  return tasks.find((task: Task) => task.taskDefinitionArn === taskDefinition)?.taskArn
}

async function startedTask(
  ecs: EcsCalls,
  { cluster, container, command, subnets, securityGroups, startedBy }: CommandSettings,
  taskDefinition: string,
): Promise<string> {
  const { tasks = [], failures = [] } = await ecs.runTask({
    cluster,
    taskDefinition,
    launchType: 'FARGATE',
    startedBy,
    propagateTags: 'TASK_DEFINITION',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        securityGroups: [...securityGroups],
        assignPublicIp: 'DISABLED',
      },
    },
    overrides: { containerOverrides: [{ name: container, command: [...command] }] },
  })
  const [task] = tasks
  if (task?.taskArn !== undefined) return task.taskArn
  throw new Error(
    `The release stops, because ECS did not start its command: ${failures[0]?.reason ?? 'no reason given'}. Release again.`,
  )
}
