/** One output of a stack that other stacks may read. */
export interface ContractField {
  readonly type: 'string' | 'number' | 'list'
  readonly description: string
  /** Whether a list that is empty has no output. Readers get an empty list, also from states of before the field. */
  readonly optional?: true
}

/** The outputs that a stack guarantees to later stacks, by the names of the Terraform outputs. */
export type Contract = Readonly<Record<string, ContractField>>

export const string = (description: string) => ({ type: 'string', description }) as const
export const number = (description: string) => ({ type: 'number', description }) as const
export const list = (description: string) => ({ type: 'list', description }) as const
export const optionalList = (description: string) =>
  ({ type: 'list', description, optional: true }) as const
