import { AwsError } from '../endpoint'

/**
 * The operations of a service by name. Each says which input it reads; that the input has this shape is
 * the SDK's types' promise, as the SDK is the only caller.
 */
export type Operations = Readonly<Record<string, (input: never) => unknown>>

export function callOperation(
  service: string,
  operations: Operations,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): unknown {
  const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  if (run === undefined) {
    throw new AwsError(
      'UnknownOperationException',
      `the model of ${service} has no ${operation}: it has ${Object.keys(operations).join(', ')}`,
    )
  }
  return (run as (input: unknown) => unknown)(input)
}
