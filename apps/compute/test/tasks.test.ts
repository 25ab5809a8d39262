import { referenceAt, resourceAt, resourcesOf, statementsOf } from '@tideway/constructs/testing'
import {
  type CommandSettings,
  type EcsCalls,
  runCommand,
  runHook,
} from '../src/before-release/handler'
import { checkServices } from '../src/definition/check-services'
import { appSpec } from '../src/delivery/app-spec'
import type { ServiceDefinition } from '../src/service'
import { services } from '../src/services'
import { compute, grantsOf, keyRef } from './fixture'

const beforeRelease = { command: ['npm', 'run', 'migrate'], timeoutMinutes: 3 }
const changed = Object.fromEntries(
  Object.entries(services).map(([name, service]) => [name, { ...service, beforeRelease }]),
)
const json = compute({}, {}, changed)

describe('a command before the release', () => {
  const part = (name: string, type: string, id: string) =>
    resourceAt(json, type, `services/${name}/before-release/${id}`)
  const invocationOf = (name: string) => part(name, 'aws_lambda_invocation', 'invocation')
  const address = (name: string) =>
    `aws_lambda_invocation.${idOf(`services/${name}/before-release/invocation`)}`
  const idOf = (path: string) =>
    Object.entries(resourcesOf(json, 'aws_lambda_invocation')).find(([, each]) =>
      each['//'].metadata.path.endsWith(path),
    )?.[0]

  it.each([
    ['worker', 'aws_ecs_service', 'service'],
    ['api', 'aws_ecs_service', 'service'],
    ['scheduler', 'aws_sfn_state_machine', 'run'],
  ])('of %s succeeds before Terraform releases', (name, type, id) => {
    expect(invocationOf(name).function_name).toBe(
      referenceAt(
        json,
        'aws_lambda_function',
        `services/${name}/before-release/function`,
        'function_name',
      ),
    )
    expect(JSON.parse(invocationOf(name).input)).toEqual({
      taskDefinition: referenceAt(
        json,
        'aws_ecs_task_definition',
        `services/${name}/task/definition`,
        'arn',
      ),
    })
    expect(resourceAt(json, type, `services/${name}/${id}`).depends_on).toContain(address(name))
  })

  it('runs for each revision that Terraform releases, and for the first that CodeDeploy does', () => {
    expect(invocationOf('worker').lifecycle).toBeUndefined()
    expect(invocationOf('api').lifecycle).toEqual({ ignore_changes: ['input'] })
  })

  it('runs in the network of the service, as long as it may', () => {
    const { environment, timeout } = part('worker', 'aws_lambda_function', 'function')
    const settings: CommandSettings = JSON.parse(environment.variables.COMMAND)
    const { network_configuration } = resourceAt(json, 'aws_ecs_service', 'services/worker/service')
    expect(settings).toMatchObject({
      container: 'app',
      command: ['npm', 'run', 'migrate'],
      securityGroups: network_configuration.security_groups,
      timeoutMinutes: 3,
      startedBy: 'before-release/worker',
    })
    expect(settings.subnets).toHaveLength(3)
    expect(timeout).toBe(225)
  })

  it('has a function that may run the tasks of its service only', () => {
    const grants = grantsOf(json, 'services/worker/before-release/worker-before-release')
    expect(grants.map(({ Sid }) => Sid)).not.toContain('ReportToCodeDeploy')
    expect(grants.find(({ Sid }) => Sid === 'RunTask')?.Resource).toMatch(
      /task-definition\/tideway-\w+-worker:\*$/,
    )
    const report = grantsOf(json, 'services/api/before-release/api-before-release').find(
      ({ Sid }) => Sid === 'ReportToCodeDeploy',
    )
    const { app_name } = resourceAt(
      json,
      'aws_codedeploy_deployment_group',
      'services/api/blue-green/group',
    )
    const { name } = resourceAt(json, 'aws_codedeploy_app', 'services/api/blue-green/app')
    expect(app_name).toContain('.name}')
    expect(report?.Resource).toMatch(new RegExp(`:deploymentgroup:${name}/${name}$`))
    expect(part('api', 'aws_lambda_function', 'function').kms_key_arn).toBe(keyRef(json, 'secrets'))
  })

  it('is a hook of CodeDeploy, which may invoke it', () => {
    const role = resourceAt(
      json,
      'aws_iam_role_policy',
      'services/api/blue-green/api-release/policy',
    )
    expect(statementsOf(role.policy)).toContainEqual(
      expect.objectContaining({
        Action: 'lambda:InvokeFunction',
        Resource: [
          referenceAt(json, 'aws_lambda_function', 'services/api/before-release/function', 'arn'),
        ],
      }),
    )
    const props = { taskDefinitionArn: 'arn', definition: changed.api as never, record: undefined }
    expect(appSpec(props)).not.toHaveProperty('Hooks')
    expect(appSpec({ ...props, beforeInstall: 'migrate' }).Hooks).toEqual([
      { BeforeInstall: 'migrate' },
    ])
  })

  it.each([
    ['no object', 'migrate', /service\.beforeRelease: must have a command.*got "migrate"/],
    ['no list', { command: 'npm run migrate' }, /must have a command: a list of words/],
    ['no words', { command: [] }, /must have a command/],
    ['an empty word', { command: ['a', ''] }, /must have a command/],
    ['a script', { command: ['x'.repeat(2000)] }, /at most 2000 characters/],
    ['too long a time', { command: ['a'], timeoutMinutes: 15 }, /timeoutMinutes from 1 to 14/],
    ['no time', { command: ['a'], timeoutMinutes: 0 }, /timeoutMinutes from 1 to 14/],
    ['time as text', { command: ['a'], timeoutMinutes: '5' }, /timeoutMinutes from 1 to 14/],
  ])('is refused with %s', (_, wrong, message) => {
    const check = (value: unknown) =>
      checkServices({ worker: { ...services.worker, beforeRelease: value } as ServiceDefinition })
    expect(() => check(beforeRelease)).not.toThrow()
    expect(() => check(wrong)).toThrow(message)
  })
})

describe('the function of the command', () => {
  const settings: CommandSettings = {
    cluster: 'cluster',
    container: 'app',
    command: ['npm', 'run', 'migrate'],
    subnets: ['subnet'],
    securityGroups: ['group'],
    timeoutMinutes: 1,
    logGroup: '/log',
    startedBy: 'before-release/api',
  }
  const revision = 'arn:aws:ecs:us-east-1:123456789012:task-definition/api:7'
  const wait = async () => {}
  /** Describes the task as each of the states in turn, then as the last. */
  const ecsWith = (states: object[], calls: Partial<Record<keyof EcsCalls, object>> = {}) => {
    const log: [string, object][] = []
    const call = (name: string, respond: () => object) => async (input: object) => {
      log.push([name, input])
      return respond()
    }
    const left = [...states]
    const next = () => ({ tasks: [(left.length > 1 ? left.shift() : left[0]) ?? {}] })
    const fake = {
      listTasks: call('listTasks', () => calls.listTasks ?? {}),
      runTask: call('runTask', () => calls.runTask ?? { tasks: [{ taskArn: 'task' }] }),
      describeTasks: call('describeTasks', next),
      stopTask: call('stopTask', () => ({})),
    }
    return { ecs: fake as unknown as EcsCalls, log }
  }
  const stopped = (container: object) => ({
    lastStatus: 'STOPPED',
    stoppedReason: 'of the task',
    containers: [
      { name: 'logs', exitCode: 0 },
      { name: 'app', ...container },
    ],
  })

  it('waits for a task of the revision, on demand', async () => {
    const { ecs, log } = ecsWith([{}, { lastStatus: 'RUNNING' }, stopped({ exitCode: 0 })])
    expect(await runCommand(ecs, settings, revision, wait)).toEqual({ task: 'task' })
    expect(log[1]).toEqual([
      'runTask',
      expect.objectContaining({
        taskDefinition: revision,
        launchType: 'FARGATE',
        overrides: { containerOverrides: [{ name: 'app', command: ['npm', 'run', 'migrate'] }] },
      }),
    ])
  })

  it.each([
    ['fails', stopped({ exitCode: 2 }), /"npm run migrate" exited with 2.*\/log, task task/],
    ['is not found', stopped({ reason: 'CannotPullContainerError' }), /did not start: CannotPull/],
    ['cannot start', stopped({}), /did not start: of the task/],
    ['takes too long', { lastStatus: 'RUNNING' }, /takes longer than 1 minutes/],
  ])('throws if the command %s', async (_, state, message) => {
    const { ecs, log } = ecsWith([state])
    await expect(runCommand(ecs, settings, revision, wait)).rejects.toThrow(message)
    expect(log.some(([name]) => name === 'stopTask')).toBe(
      'lastStatus' in state && state.lastStatus === 'RUNNING',
    )
  })

  it('throws if ECS places no task', async () => {
    const { ecs } = ecsWith([], { runTask: { failures: [{ reason: 'RESOURCE:FARGATE' }] } })
    await expect(runCommand(ecs, settings, revision, wait)).rejects.toThrow(/RESOURCE:FARGATE/)
  })

  it('waits for the task of an earlier call of the same revision, not of another', async () => {
    const listTasks = { taskArns: ['earlier'] }
    const earlier = (taskDefinitionArn: string) => ({ taskArn: 'earlier', taskDefinitionArn })
    const end = stopped({ exitCode: 0 })
    const same = ecsWith([earlier(revision), end], { listTasks })
    expect(await runCommand(same.ecs, settings, revision, wait)).toEqual({ task: 'earlier' })
    const other = ecsWith([earlier('arn:other'), end], { listTasks })
    expect(await runCommand(other.ecs, settings, revision, wait)).toEqual({ task: 'task' })
  })

  it.each([
    ['Succeeded', `{"TaskDefinition": "${revision}"}`, async () => ({})],
    ['Succeeded', `TaskDefinition: "${revision}"`, async () => ({})],
    ['Failed', `TaskDefinition: ${revision}`, () => Promise.reject(new Error('exited with 1'))],
    ['Failed', 'TaskDefinition: api', async () => ({})],
  ])('reports %s to CodeDeploy', async (status, content, result) => {
    const silent = jest.spyOn(console, 'error').mockReturnValue()
    const put = jest.fn(async () => ({}))
    const run = jest.fn(result)
    const hook = { DeploymentId: 'd-1', LifecycleEventHookExecutionId: 'hook' }
    const getDeployment = async () => ({
      deploymentInfo: { revision: { appSpecContent: { content } } },
    })
    await runHook({ getDeployment, putLifecycleEventHookExecutionStatus: put }, hook, run)
    silent.mockRestore()
    expect(put.mock.calls).toEqual([
      [{ deploymentId: 'd-1', lifecycleEventHookExecutionId: 'hook', status }],
    ])
    expect(run.mock.calls).toEqual(content.includes(revision) ? [[revision]] : [])
  })
})
