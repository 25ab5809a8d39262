import { AwsError } from '../endpoint'

/** An operation of a simulated service. The SDK is the only caller, so its types are trusted. */
export interface Operation {
  /** The parameters that `run` reads. Any other parameter is an error and not ignored. */
  readonly parameters: readonly string[]
  readonly run: (input: never) => unknown
}

export type Operations = Readonly<Record<string, Operation>>

/** Runs an operation by name. Operations and parameters that are not simulated are errors. */
export function callOperation(
  service: string,
  operations: Operations,
  name: string,
  input: Readonly<Record<string, unknown>>,
): unknown {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
  if (operation === undefined) {
    const simulated = Object.keys(operations).join(', ')
    throw new AwsError(
      'UnknownOperationException',
      `${service}: operation ${name} is not simulated; simulated: ${simulated}`,
    )
  }
  checkParameters(`${service} ${name}`, input, operation.parameters)
  return (operation.run as (input: unknown) => unknown)(input)
}

/** @param where the operation and the parameter that contain the object, for the message */
export function checkParameters(where: string, input: object, parameters: readonly string[]): void {
  for (const name of Object.keys(input)) {
    if (!parameters.includes(name)) throw notSimulated(where, `parameter ${name}`, parameters)
  }
}

export function notSimulated(where: string, what: string, simulated: readonly string[]): AwsError {
  return new AwsError(
    'NotSimulated',
    `${where}: ${what} is not simulated; simulated: ${simulated.join(', ')}`,
  )
}
