import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { type Synthesized, synthesized, testApp } from '@tideway/constructs/testing'
import { TerraformStack } from 'cdktf'

/** The account of another team. */
export const shopContext = { account: '123456789012', region: 'eu-west-1' } as const

/** What a stack sets besides for everything in it. */
export const stackContext = {
  prefix: 'shop',
  protectData: true,
  logRetentionDays: 30,
  allowsPlainHttp: false,
  defaultTags: {},
} as const

export const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:eu-west-1:123456789012:${resource}`

export const shopCluster = { name: 'shop', arn: arnOf('ecs', 'cluster/shop') }

/** A plain stack of another team, with what a function adds to it. */
export function shopStack(add: (stack: TerraformStack) => void): Synthesized {
  const stack = new TerraformStack(testApp(), 'shop')
  new AwsProvider(stack, 'aws', { region: 'eu-west-1' })
  add(stack)
  return synthesized(stack)
}
