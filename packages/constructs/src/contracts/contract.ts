/** One output of a stack that others may read. */
export interface ContractField {
  readonly type: 'string' | 'number' | 'list'
  readonly description: string
}

/** What a stack promises to the stacks after it. The keys are the names of the Terraform outputs. */
export type Contract = Readonly<Record<string, ContractField>>
