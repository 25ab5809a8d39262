/** One statement of an IAM, key or bucket policy, as in AWS's JSON. */
export interface PolicyStatement {
  readonly Sid?: string
  readonly Effect?: 'Allow' | 'Deny'
  readonly Principal?:
    | '*'
    | {
        readonly Service?: string | string[]
        readonly AWS?: string | string[]
        readonly Federated?: string
      }
  readonly Action?: string | readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >
}

/** The JSON of a policy. The effect is Allow unless a statement sets another. */
export function policyDocument(...statements: readonly PolicyStatement[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  })
}
