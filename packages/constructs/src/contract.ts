import { DataTerraformRemoteStateS3, type IResolvable, TerraformOutput } from 'cdktf'
import { Construct } from 'constructs'
import { contracts } from './contracts'
import type { ContractField } from './contracts/contract'
import type { ReadsOf, StackName } from './stacks'
import { stateLocation } from './state'
import type { TidewayStack } from './tideway-stack'

interface ValueTypes {
  string: string
  number: number
  list: string[]
}

/** The values of a contract's fields, each of its type. */
export type ContractValues<Name extends StackName> = {
  readonly [Field in keyof (typeof contracts)[Name]]: ValueTypes[FieldType<Name, Field>]
}

type FieldType<
  Name extends StackName,
  Field extends keyof (typeof contracts)[Name],
> = (typeof contracts)[Name][Field] extends { readonly type: infer Type extends keyof ValueTypes }
  ? Type
  : never

/** Refuses what the contract does not name, also where the values come in a variable. */
type NothingElse<Values, Allowed> = { readonly [Extra in Exclude<keyof Values, Allowed>]: never }

/** Publishes the outputs of a stack. One that is missing, misspelt, of a wrong type or not in the contract does not compile. */
export function publish<Name extends StackName, Values extends ContractValues<Name>>(
  stack: TidewayStack<Name>,
  values: Values & NothingElse<Values, keyof ContractValues<Name>>,
): void {
  const scope = new Construct(stack, 'contract')
  for (const [name, { description }] of Object.entries<ContractField>(contracts[stack.stack])) {
    // Without staticId the name carries a hash of the path, and a move breaks every consumer.
    new TerraformOutput(scope, name, {
      staticId: true,
      description,
      value: (values as Record<string, string | number | string[] | IResolvable>)[name],
    })
  }
}

/** Reads the outputs of another stack from its state. Only stacks that `stacks.ts` declares compile. */
export function read<Name extends StackName, Producer extends ReadsOf<Name> & StackName>(
  stack: TidewayStack<Name>,
  producer: Producer,
): ContractValues<Producer> {
  const state = new DataTerraformRemoteStateS3(
    stack,
    producer,
    stateLocation(stack.environment, producer),
  )
  const readers = {
    string: (name: string) => state.getString(name),
    number: (name: string) => state.getNumber(name),
    // One token that stands for the whole list: its length is not known here, so it can be passed on, not mapped.
    list: (name: string) => state.getList(name),
  }
  const fields = Object.entries<ContractField>(contracts[producer])
  return Object.fromEntries(
    fields.map(([name, { type }]) => [name, readers[type](name)]),
  ) as ContractValues<Producer>
}
