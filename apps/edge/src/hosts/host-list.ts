import { TerraformCount, type TerraformElement, TerraformLocal, Token } from 'cdktf'
import type { Construct } from 'constructs'

/** Host names that compute publishes. They are unknown at synthesis: a plan reads them. */
export class HostList {
  readonly values: string[]
  /** The list inside expressions of Terraform. */
  readonly expression: string
  /** One if the list has a host. Without any, Terraform creates nothing. */
  readonly count: TerraformCount

  constructor(scope: Construct, id: string, values: string[]) {
    const local = new TerraformLocal(scope, id, values)
    this.expression = local.fqn
    this.values = Token.asList(local.expression)
    this.count = TerraformCount.of(Token.asNumber(`\${length(${local.fqn}) > 0 ? 1 : 0}`))
  }
}

/** An attribute of a resource with such a count, for others with the same count. */
export function attributeOf(resource: TerraformElement, attribute: string): string {
  return `\${${resource.fqn}[0].${attribute}}`
}
