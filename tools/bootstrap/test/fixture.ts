import { type Environment, type StackName, stackNames, stateLocation } from '@tideway/constructs'
import type { Statement } from '@tideway/constructs/iam-evaluator'
import {
  type Block,
  referenceTo,
  resourceAt,
  resourcesOf,
  type Synthesized,
  soleResource,
  statementsOf,
  synthesized,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import type { BootstrapSettings } from '../src/settings'
import { BootstrapStack } from '../src/stack'

export type RoleKind = 'plan' | 'deploy'

export function bootstrap(
  settings: Partial<BootstrapSettings> = {},
  environment: Partial<Environment> = {},
): Synthesized {
  return synthesized(
    new BootstrapStack(testApp(), {
      environment: testEnvironment(environment),
      settings: {
        repository: 'acme@12/shop@34',
        githubProvider: 'create',
        pullRequestPlans: 'open',
        reviewers: [],
        ...settings,
      },
    }),
  )
}

/** Every stack with each kind of role. */
export const roles = stackNames.flatMap((stack): [StackName, RoleKind][] => [
  [stack, 'plan'],
  [stack, 'deploy'],
])

/** Every stack that has a state in the bucket. */
export const stateOwners = [...stackNames, 'bootstrap'] as const

export function roleOf(json: Synthesized, stack: StackName, kind: RoleKind): Block {
  const name = `tideway-test-ci-${stack}-${kind}`
  const found = Object.values(resourcesOf(json, 'aws_iam_role')).filter((r) => r.name === name)
  expect(found).toHaveLength(1)
  return found[0] ?? {}
}

/** The statements of the inline policies of a role. */
export function statementsOfRole(json: Synthesized, stack: StackName, kind: RoleKind): Statement[] {
  const role = referenceTo(json, 'aws_iam_role', roleOf(json, stack, kind), 'name')
  const policies = Object.values(resourcesOf(json, 'aws_iam_role_policy'))
  return policies
    .filter((policy) => policy.role === role)
    .flatMap(({ policy }) => statementsOf(policy) as Statement[])
}

/** The ARNs of the AWS managed policies of a role. */
export function managedPoliciesOf(json: Synthesized, stack: StackName, kind: RoleKind): string[] {
  const role = referenceTo(json, 'aws_iam_role', roleOf(json, stack, kind), 'name')
  return Object.values(resourcesOf(json, 'aws_iam_role_policy_attachment'))
    .filter((attachment) => attachment.role === role)
    .map(({ policy_arn }) => policy_arn)
    .sort()
}

/** The ARNs of the state bucket, its key and the boundary, as policies refer to them. */
export function arnOf(
  json: Synthesized,
  type: 'aws_s3_bucket' | 'aws_kms_key' | 'aws_iam_policy',
): string {
  const block =
    type === 'aws_s3_bucket'
      ? resourceAt(json, type, 'state/bucket/bucket')
      : soleResource(json, type)
  return referenceTo(json, type, block, 'arn')
}

/** The ARN of the state that the backend of a stack uses. */
export function stateArn(json: Synthesized, owner: StackName | 'bootstrap'): string {
  return `${arnOf(json, 'aws_s3_bucket')}/${stateLocation(testEnvironment(), owner).key}`
}

export function lockArn(json: Synthesized, owner: StackName | 'bootstrap'): string {
  return `${stateArn(json, owner)}.tflock`
}
