import type { JsonObject } from '../src/json'

/** A change that real Terraform plans: the applied configuration, the planned one, and the expected review. */
export interface PlanCase {
  readonly before?: Configuration
  readonly after: Configuration
  /** The local modules of both configurations, by folder. */
  readonly modules?: Readonly<Record<string, Configuration>>
  /** Exactly the rules with findings: the rule alone, or with the address: `iam-widened aws_iam_role.it`. */
  readonly finds: readonly string[]
  readonly counts?: Readonly<Record<string, number>>
  /** Texts that the comment contains. */
  readonly contains?: readonly string[]
  /** Texts that no output contains. */
  readonly hides?: readonly string[]
}

/** Terraform's JSON, without the provider. */
export type Configuration = JsonObject

export const resource = (type: string, values: JsonObject, name = 'it'): Configuration => ({
  resource: { [type]: { [name]: values } },
})
