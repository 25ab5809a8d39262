import { permissionsBoundaryArn } from '@tideway/constructs'
import { resourcesOf, statementsOf, testEnvironment } from '@tideway/constructs/testing'
import { compute } from './fixture'

const json = compute()
const grants = Object.values(resourcesOf(json, 'aws_iam_role_policy')).flatMap(({ policy }) =>
  statementsOf(policy),
)

describe('the roles', () => {
  it('have the permissions boundary', () => {
    const roles = Object.values(resourcesOf(json, 'aws_iam_role'))
    expect(roles.length).toBeGreaterThan(4)
    for (const role of roles) {
      expect(role.permissions_boundary).toBe(permissionsBoundaryArn(testEnvironment()))
      // CI can create only roles with this prefix.
      expect(role.name).toMatch(/^tideway-test-compute-/)
    }
    for (const { name } of Object.values(resourcesOf(json, 'aws_iam_instance_profile'))) {
      expect(name).toMatch(/^tideway-test-compute-/)
    }
  })

  it('have no managed policies of AWS', () => {
    expect(resourcesOf(json, 'aws_iam_role_policy_attachment')).toEqual({})
    for (const role of Object.values(resourcesOf(json, 'aws_iam_role'))) {
      expect(role).not.toHaveProperty('managed_policy_arns')
    }
  })

  it('have no wildcard actions', () => {
    const actions = grants.flatMap(({ Action }) => Action)
    expect(actions.length).toBeGreaterThan(10)
    expect(actions.filter((action) => action.includes('*'))).toEqual([])
    expect(grants.filter(({ NotAction, NotResource }) => NotAction ?? NotResource)).toEqual([])
  })

  it('use resource * only where AWS supports nothing narrower', () => {
    const everywhere = grants
      .filter(({ Resource }) => [Resource].flat().includes('*'))
      .flatMap(({ Action }) => Action)
    expect([...new Set(everywhere)].sort()).toEqual([
      'application-autoscaling:DescribeScalableTargets',
      'ec2:DescribeImages',
      'ec2:DescribeInstanceStatus',
      'ec2:DescribeSubnets',
      'ecr:GetAuthorizationToken',
      'ecs:DiscoverPollEndpoint',
      'ecs:ListServices',
      'ecs:ListTasks',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ])
  })
})

describe('the security groups', () => {
  it('have no ingress from address ranges', () => {
    for (const rule of Object.values(resourcesOf(json, 'aws_vpc_security_group_ingress_rule'))) {
      expect(Object.keys(rule).filter((key) => key.startsWith('cidr'))).toEqual([])
    }
    for (const group of Object.values(resourcesOf(json, 'aws_security_group'))) {
      expect(group).not.toHaveProperty('ingress')
      expect(group).not.toHaveProperty('egress')
    }
  })
})

// For reviews: shows every changed permission. The only snapshot of this stack.
it('every role has the permissions in its snapshot', () => {
  const json = compute()
  const roles = Object.values(resourcesOf(json, 'aws_iam_role_policy')).map(
    ({ '//': { metadata }, policy }) => [metadata.path, statementsOf(policy)] as const,
  )
  expect(Object.fromEntries(roles)).toMatchSnapshot()
})
