import { type ContractValues, publish, read, type TidewayStack } from '../src'

/**
 * Each marked line must not compile: the typecheck fails if one does. Nothing here runs.
 */
export function mistakes(
  network: TidewayStack<'network'>,
  data: TidewayStack<'data'>,
  values: ContractValues<'network'>,
): unknown[] {
  const contract = read(data, 'network')
  publish(network, values)
  // @ts-expect-error an unknown output
  publish(network, { ...values, vpc_identifier: 'vpc-1' })
  // @ts-expect-error a misspelt output: one missing and one unknown
  publish(network, { ...without(values, 'vpc_id'), vpcid: 'vpc-1' })
  // @ts-expect-error a missing output
  publish(network, without(values, 'vpc_id'))
  // @ts-expect-error a list instead of a string
  publish(network, { ...values, vpc_id: ['vpc-1'] })
  // @ts-expect-error a string instead of a list
  publish(network, { ...values, private_subnet_ids: 'subnet-1' })
  // @ts-expect-error the values of another stack
  publish(data, values)
  return [
    // @ts-expect-error a misspelt field
    contract.vpcid,
    // @ts-expect-error a field of another contract
    contract.database_endpoint,
    // @ts-expect-error a stack that does not declare this one in reads
    read(network, 'data'),
    // @ts-expect-error an unknown stack
    read(data, 'netwrok'),
    // @ts-expect-error itself
    read(data, 'data'),
    // @ts-expect-error a string instead of a number
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
