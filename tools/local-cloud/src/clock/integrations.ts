import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { account } from '../patches/account'
import type { TaskRun } from './execution'
import { isObject, type Json, type JsonObject } from './json-path'
import { StatesError } from './states-error'

/** What Step Functions calls, with the role of a state machine. */
export interface IntegrationHost {
  /** Calls a service if the role allows it, and else returns the error of AWS. */
  call(request: AwsRequest): Promise<AwsResponse>
  /** The error that AWS returns for a call that the role does not allow. Undefined if it is allowed. */
  denial(request: AwsRequest): Promise<AwsResponse | undefined>
  /** Calls back when a task has stopped. Returns how to unsubscribe. */
  onTaskStopped(callback: (taskArn: string) => void): () => void
}

interface Service {
  /** As in the credential scope. */
  readonly name: string
  /** The prefix of `x-amz-target`. */
  readonly target: string
  /** The API writes its parameters in camel case. */
  readonly isCamel?: boolean
  /** In the names of errors of `aws-sdk`. */
  readonly sdkName: string
}

const ecs: Service = {
  name: 'ecs',
  target: 'AmazonEC2ContainerServiceV20141113',
  isCamel: true,
  sdkName: 'Ecs',
}
const events: Service = { name: 'events', target: 'AWSEvents', sdkName: 'EventBridge' }

/** The services with a protocol that is simulated, by their names in `aws-sdk` resources. */
const services: Readonly<Record<string, Service>> = {
  applicationautoscaling: {
    name: 'application-autoscaling',
    target: 'AnyScaleFrontendService',
    sdkName: 'ApplicationAutoScaling',
  },
  codedeploy: {
    name: 'codedeploy',
    target: 'CodeDeploy_20141006',
    isCamel: true,
    sdkName: 'CodeDeploy',
  },
  ecs,
  eventbridge: events,
  sqs: { name: 'sqs', target: 'AmazonSQS', sdkName: 'Sqs' },
}

interface Resource {
  /** `ecs`, or `aws-sdk:ecs`, as in events. */
  readonly type: string
  /** `runTask.sync` */
  readonly action: string
}

function readResource(arn: string): Resource | undefined {
  const [, type, action] = /^arn:aws:states:::((?:aws-sdk:)?\w+):([\w.:]+)$/.exec(arn) ?? []
  return type === undefined || action === undefined ? undefined : { type, action }
}

/** Whether tasks with a resource are simulated. */
export function isRunResource(arn: string): boolean {
  const { type = '', action = '' } = readResource(arn) ?? {}
  const [, sdkService] = type.split('aws-sdk:')
  if (sdkService !== undefined) return sdkService in services && /^\w+$/.test(action)
  return type === 'ecs' && ['runTask', 'runTask.sync'].includes(action)
}

/** Runs a Task state. */
export async function runIntegration(task: TaskRun, host: IntegrationHost): Promise<Json> {
  const { type, action } = readResource(task.resource) ?? { type: '', action: '' }
  const details = { resourceType: type, resource: action }
  task.record('TaskScheduled', {
    ...details,
    region: account.region,
    parameters: JSON.stringify(task.parameters),
    ...(task.timeoutSeconds !== undefined && { timeoutInSeconds: task.timeoutSeconds }),
  })
  task.record('TaskStarted', details)
  const run = `${type}:${action}` === 'ecs:runTask.sync' ? runTaskAndWait : callOnce
  try {
    const output = await run({ task, host, type, action })
    const outputDetails = { truncated: false }
    task.record('TaskSucceeded', { ...details, output: JSON.stringify(output), outputDetails })
    return output
  } catch (error) {
    if (error instanceof StatesError) {
      const { error: name, reason } = error
      const failure = { ...details, error: name, ...(reason && { cause: reason }) }
      if (name === 'States.Timeout') task.record('TaskTimedOut', failure)
      else if (error instanceof SubmitError) task.record('TaskSubmitFailed', failure)
      else task.record('TaskFailed', failure)
    }
    throw error
  }
}

interface Call {
  readonly task: TaskRun
  readonly host: IntegrationHost
  readonly type: string
  readonly action: string
}

/** The call that starts a job has failed. */
class SubmitError extends StatesError {}

async function callOnce({ task, host, type, action }: Call): Promise<Json> {
  const { parameters } = task
  if (!isObject(parameters)) {
    throw new StatesError('States.Runtime', 'The Parameters of a task must be an object')
  }
  const operation = action.charAt(0).toUpperCase() + action.slice(1)
  const sdkService = services[type.replace('aws-sdk:', '')]
  return type === 'ecs' || sdkService === undefined
    ? callService(ecs, 'ECS', operation, parameters, host)
    : callService(sdkService, sdkService.sdkName, operation, parameters, host)
}

/** Runs a task, and waits until it has stopped. It is stopped where the state ends before. */
async function runTaskAndWait({ task, host, type, action }: Call): Promise<Json> {
  await throwIfRuleDenied(host)
  const parameters: JsonObject = {
    StartedBy: 'AWS Step Functions',
    ...(task.parameters as JsonObject),
  }
  const stopped = new Set<string>()
  let wakeUp = () => {}
  const unsubscribe = host.onTaskStopped((arn) => {
    stopped.add(arn)
    wakeUp()
  })
  try {
    const submitted = await callService(ecs, 'ECS', 'RunTask', parameters, host).catch((error) => {
      throw error instanceof StatesError ? new SubmitError(error.error, error.reason) : error
    })
    const { Tasks = [], Failures = [] } = submitted as { Tasks?: JsonObject[]; Failures?: Json[] }
    const [failure] = Failures
    if (failure !== undefined) {
      throw new SubmitError('ECS.AmazonECSException', reasonOf(failure))
    }
    const output = JSON.stringify(submitted)
    const outputDetails = { truncated: false }
    task.record('TaskSubmitted', { resourceType: type, resource: action, output, outputDetails })
    const arns = Tasks.map(({ TaskArn }) => String(TaskArn))
    const cluster = String(parameters.Cluster ?? 'default')
    try {
      while (arns.some((arn) => !stopped.has(arn))) {
        await task.scope.wait(Infinity, (wake) => {
          wakeUp = wake
          return () => {
            wakeUp = () => {}
          }
        })
      }
    } catch (error) {
      const reason = 'Task stopped by AWS Step Functions'
      for (const arn of arns.filter((each) => !stopped.has(each))) {
        const stop = { Cluster: cluster, Task: arn, Reason: reason }
        await callService(ecs, 'ECS', 'StopTask', stop, host).catch(() => undefined)
      }
      throw error
    }
    return await endOf(cluster, arns, host)
  } finally {
    unsubscribe()
  }
}

function reasonOf(failure: Json): string {
  const { Reason } = isObject(failure) ? failure : {}
  return `${String(Reason)} (Service: AmazonECS)`
}

/** Step Functions hears of the end of a task by a rule of its own, which the role must allow it to write. */
async function throwIfRuleDenied(host: IntegrationHost): Promise<void> {
  const Name = 'StepFunctionsGetEventsForECSTaskRule'
  for (const [operation, input] of [
    ['DescribeRule', { Name }],
    ['PutRule', { Name }],
    ['PutTargets', { Rule: Name }],
  ] as const) {
    const denial = await host.denial(requestOf(events, operation, input))
    if (denial !== undefined) throw new SubmitError('States.Permissions', messageIn(denial))
  }
}

/** The description of the stopped tasks. Fails unless all their containers have exited with 0. */
async function endOf(
  cluster: string,
  arns: readonly string[],
  host: IntegrationHost,
): Promise<Json> {
  const input = { Cluster: cluster, Tasks: [...arns] }
  const described = await callService(ecs, 'ECS', 'DescribeTasks', input, host)
  const { Tasks = [] } = inMilliseconds(described) as { Tasks?: EndedTask[] }
  const failed = Tasks.find(
    ({ StopCode, Containers = [] }) =>
      StopCode !== 'EssentialContainerExited' || Containers.some(({ ExitCode }) => ExitCode !== 0),
  )
  if (failed !== undefined) throw new StatesError('States.TaskFailed', JSON.stringify(failed))
  return (Tasks.length === 1 ? Tasks[0] : described) ?? {}
}

/** Step Functions writes times as in events. */
function inMilliseconds(value: Json): Json {
  if (Array.isArray(value)) return value.map(inMilliseconds)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key.endsWith('At') && typeof item === 'number'
        ? Math.round(item * 1000)
        : inMilliseconds(item),
    ]),
  )
}

type EndedTask = JsonObject & {
  readonly StopCode?: string
  readonly Containers?: readonly { readonly ExitCode?: number }[]
}

/** @param prefix of the names of its errors */
async function callService(
  service: Service,
  prefix: string,
  operation: string,
  input: JsonObject,
  host: IntegrationHost,
): Promise<Json> {
  const response = await host.call(requestOf(service, operation, input))
  if (response.status < 300) {
    const output: Json = JSON.parse(response.body.toString() || '{}')
    return service.isCamel
      ? renamed(output, (key) => key.charAt(0).toUpperCase() + key.slice(1))
      : output
  }
  const label = service === ecs ? 'AmazonECS' : service.sdkName
  const code = codeIn(response)
  const reason = `${messageIn(response)} (Service: ${label}; Status Code: ${response.status}; Error Code: ${code})`
  throw new StatesError(`${prefix}.${code}`, reason)
}

function requestOf(service: Service, operation: string, input: JsonObject): AwsRequest {
  const { name, target, isCamel } = service
  const own = isCamel ? renamed(input, (key) => key.charAt(0).toLowerCase() + key.slice(1)) : input
  const scope = `${statesKey}/20260101/${account.region}/${name}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=local`
  const headers = {
    authorization,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${target}.${operation}`,
  }
  const body = Buffer.from(JSON.stringify(own))
  return {
    service: name,
    accessKeyId: statesKey,
    method: 'POST',
    url: '/',
    operation,
    headers,
    body,
  }
}

/** The key that state machines and schedules sign with. */
export const statesKey = 'states'

function renamed(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), renamed(item, rename)]),
  )
}

function codeIn({ headers, body }: AwsResponse): string {
  const [, inBody] = /"__type"\s*:\s*"([^"]+)"/.exec(body.toString()) ?? []
  return (inBody ?? headers['x-amzn-errortype'] ?? 'Unknown').split('#').at(-1) ?? ''
}

function messageIn({ body }: AwsResponse): string {
  const text = body.toString()
  try {
    const { message, Message } = JSON.parse(text) as { message?: string; Message?: string }
    return message ?? Message ?? text
  } catch {
    return text
  }
}
