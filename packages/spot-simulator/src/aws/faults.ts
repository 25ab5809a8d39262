import type * as dynamodb from '@aws-sdk/client-dynamodb'
import type * as ecs from '@aws-sdk/client-ecs'
import { type ApiCall, AwsError, Crash, type Interceptor, type ServiceModel } from '../endpoint'
import type { Random } from '../random'

/** Selects calls by service, operation and input. Default: all calls. */
export interface CallMatch {
  readonly service?: string
  readonly operation?: string
  readonly input?: (input: ApiCall['input']) => boolean
}

/** Creates the error of a call. Each call needs a new one, because the SDK modifies errors. */
export type Fault = (call: ApiCall) => Error

/** The names of the classes of a client's exceptions. */
type ExceptionOf<Sdk, Base> = {
  [Name in keyof Sdk]: Sdk[Name] extends new (
    ...options: never
  ) => infer Exception
    ? Exception extends Base
      ? Name
      : never
    : never
}[keyof Sdk]

export type AwsException =
  | ExceptionOf<typeof ecs, ecs.ECSServiceException>
  | ExceptionOf<typeof dynamodb, dynamodb.DynamoDBServiceException>

const serverFaults: readonly AwsException[] = ['ServerException', 'InternalServerError']

/** Services of the query protocol have other error codes than JSON services. */
const queryServices = ['elasticloadbalancing', 'sns', 'autoscaling', 'ec2']

export const throttling: Fault = ({ service }) =>
  queryServices.includes(service)
    ? new AwsError('Throttling', 'Rate exceeded')
    : new AwsError('ThrottlingException', 'Rate exceeded')

export const serverError: Fault = ({ service }) =>
  queryServices.includes(service)
    ? new AwsError('InternalFailure', 'simulated', 500)
    : new AwsError('ServerException', 'simulated', 500)

export const accessDenied: Fault = ({ service, operation }) => {
  const message = `not authorized to perform: ${service}:${operation}`
  const code = queryServices.includes(service) ? 'AccessDenied' : 'AccessDeniedException'
  return new AwsError(code, message, 403)
}

/** A lost connection: the caller cannot determine whether the service received the call. */
export const timeout: Fault = ({ operation }) =>
  Object.assign(new Error(`${operation}: timeout (simulated)`), { name: 'TimeoutError' })

/** An exception of ECS or DynamoDB by its name in the SDK. A misspelt name does not compile. */
export function exception(name: AwsException, message = 'simulated'): Fault {
  const status = serverFaults.includes(name) ? 500 : 400
  return () => new AwsError(name, message, status)
}

export const crash: Fault = ({ operation }) => new Crash(`at ${operation}`)

/** The n-th matching call, counted from 1, fails before it reaches the service. */
export function failNth(match: CallMatch, nth: number, fault: Fault): Interceptor {
  const isNth = counter(match, nth)
  return (call) => {
    if (isNth(call)) throw fault(call)
  }
}

/** The process crashes before its n-th matching call reaches the service. */
export function crashBefore(match: CallMatch, nth: number): Interceptor {
  return failNth(match, nth, crash)
}

/** Each matching call fails with a probability, with one of the faults. */
export function failSometimes(
  match: CallMatch,
  probability: number,
  random: Random,
  faults: readonly Fault[] = [throttling, serverError, timeout],
): Interceptor {
  return (call) => {
    if (matches(match, call) && random.chance(probability)) throw random.pick(faults)(call)
  }
}

/** Runs an action right before the n-th matching call: another invocation, or a change of state. */
export function runBefore(
  match: CallMatch,
  nth: number,
  action: () => void | Promise<void>,
): Interceptor {
  const isNth = counter(match, nth)
  return async (call) => {
    if (isNth(call)) await action()
  }
}

/**
 * The service executes the n-th matching call, but the caller receives an error. Interceptors only run before a
 * service, so this wraps the service: register the result in its place.
 */
export function failAfter(
  model: ServiceModel,
  match: Omit<CallMatch, 'service'>,
  nth: number,
  fault: Fault,
): ServiceModel {
  const isNth = counter(match, nth)
  return {
    protocol: model.protocol,
    call: (operation, input) => {
      const call: ApiCall = { service: '', operation, input }
      const isLost = isNth(call)
      const output = model.call(operation, input)
      if (isLost) throw fault(call)
      return output
    },
  }
}

/** The process crashes right after the service has executed the n-th matching call. */
export function crashAfter(
  model: ServiceModel,
  match: Omit<CallMatch, 'service'>,
  nth: number,
): ServiceModel {
  return failAfter(model, match, nth, crash)
}

function counter(match: CallMatch, nth: number): (call: ApiCall) => boolean {
  let seen = 0
  return (call) => matches(match, call) && ++seen === nth
}

function matches({ service, operation, input }: CallMatch, call: ApiCall): boolean {
  return (
    (service === undefined || service === call.service) &&
    (operation === undefined || operation === call.operation) &&
    (input === undefined || input(call.input))
  )
}
