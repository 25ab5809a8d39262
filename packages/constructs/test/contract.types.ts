import { type ContractValues, publish, read, type TidewayStack } from '../src'

/**
 * What must not compile. The typecheck fails when one of these lines has no error any more, so each
 * stands for a mistake that the compiler catches. Nothing here runs.
 */
export function mistakes(
  network: TidewayStack<'network'>,
  data: TidewayStack<'data'>,
  values: ContractValues<'network'>,
): unknown[] {
  const contract = read(data, 'network')
  publish(network, values)
  // @ts-expect-error an output that nobody publishes
  publish(network, { ...values, vpc_identifier: 'vpc-1' })
  // @ts-expect-error a misspelt output: one is missing, and one is too many
  publish(network, { ...without(values, 'vpc_id'), vpcid: 'vpc-1' })
  // @ts-expect-error an output that is missing
  publish(network, without(values, 'vpc_id'))
  // @ts-expect-error a list where one is promised
  publish(network, { ...values, vpc_id: ['vpc-1'] })
  // @ts-expect-error one where a list is promised
  publish(network, { ...values, private_subnet_ids: 'subnet-1' })
  // @ts-expect-error the values of another stack
  publish(data, values)
  return [
    // @ts-expect-error a misspelt field
    contract.vpcid,
    // @ts-expect-error a field of another contract
    contract.database_endpoint,
    // @ts-expect-error a stack that does not declare that it reads this one
    read(network, 'data'),
    // @ts-expect-error a stack that is not there
    read(data, 'netwrok'),
    // @ts-expect-error itself
    read(data, 'data'),
    // @ts-expect-error text is no number
    contract.vpc_id satisfies number,
    contract.private_subnet_ids satisfies string[],
  ]
}

function without<Values extends object, Key extends keyof Values>(
  values: Values,
  key: Key,
): Omit<Values, Key> {
  const { [key]: _, ...rest } = values
  return rest
}
