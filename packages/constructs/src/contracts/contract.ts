/** One output of a stack that other stacks may read. */
export interface ContractField {
  readonly type: 'string' | 'number' | 'list'
  readonly description: string
}

/** The outputs that a stack guarantees to later stacks, by the names of the Terraform outputs. */
export type Contract = Readonly<Record<string, ContractField>>

export const string = (description: string) => ({ type: 'string', description }) as const
export const number = (description: string) => ({ type: 'number', description }) as const
export const list = (description: string) => ({ type: 'list', description }) as const
