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

/** The values of a contract's fields, with their types. */
export type ContractValues<Name extends StackName> = {
  readonly [Field in keyof (typeof contracts)[Name]]: ValueTypes[FieldType<Name, Field>]
}

type FieldType<
  Name extends StackName,
  Field extends keyof (typeof contracts)[Name],
> = (typeof contracts)[Name][Field] extends { readonly type: infer Type extends keyof ValueTypes }
  ? Type
  : never

/** Rejects fields that are not in the contract, even if the values come from a variable. */
type NoOtherFields<Values, Allowed> = { readonly [Extra in Exclude<keyof Values, Allowed>]: never }

/** Publishes the outputs of a stack. A missing, misspelt, mistyped or undeclared output does not compile. */
export function publish<Name extends StackName, Values extends ContractValues<Name>>(
  stack: TidewayStack<Name>,
  values: Values & NoOtherFields<Values, keyof ContractValues<Name>>,
): void {
  const scope = new Construct(stack, 'contract')
  for (const [name, { description, optional }] of fieldsOf(stack.stack)) {
    const value = (values as Record<string, string | number | string[] | IResolvable>)[name]
    if (optional && Array.isArray(value) && value.length === 0) continue
    // Without staticId the name includes a hash of the path, so a move would break every consumer.
    new TerraformOutput(scope, name, {
      staticId: true,
      description,
      value,
    })
  }
}

/** Reads the outputs of another stack from its state. Compiles only for the stacks that `stacks.ts` declares. */
export function read<Name extends StackName, Producer extends ReadsOf<Name> & StackName>(
  stack: TidewayStack<Name>,
  producer: Producer,
): ContractValues<Producer> {
  const fields = fieldsOf(producer)
  const optional = fields.filter(([, field]) => field.optional)
  const state = new DataTerraformRemoteStateS3(stack, producer, {
    ...stateLocation(stack.environment, producer),
    ...(optional.length > 0 && {
      defaults: Object.fromEntries(optional.map(([name]) => [name, []])),
    }),
  })
  const readers = {
    string: (name: string) => state.getString(name),
    number: (name: string) => state.getNumber(name),
    // One token for the whole list: its length is unknown at synthesis, so use it as a whole, and do not map over it.
    list: (name: string) => state.getList(name),
  }
  return Object.fromEntries(
    fields.map(([name, { type }]) => [name, readers[type](name)]),
  ) as ContractValues<Producer>
}

function fieldsOf(name: StackName): [string, ContractField][] {
  return Object.entries<ContractField>(contracts[name])
}
