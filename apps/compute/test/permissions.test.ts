import { permissionsBoundaryArn } from '@tideway/constructs'
import { allows } from '@tideway/constructs/iam-evaluator'
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

describe('what the failover decides by', () => {
  const roles = Object.values(resourcesOf(json, 'aws_iam_role_policy'))
  const arnsOf = (type: string) =>
    Object.entries(resourcesOf(json, type))
      .filter(([, { name }]) => name.includes('failover'))
      .map(([id]) => `\${${type}.${id}.arn}`)
  /** The roles of the stack that are allowed one of the actions on one of the resources. */
  const allowed = (actions: readonly string[], resources: readonly string[]) =>
    roles
      .filter(({ policy }) =>
        actions.some((action) =>
          resources.some((resource) => allows([JSON.parse(policy)], { action, resource })),
        ),
      )
      .map(({ name }) => name)
      .sort()
  const arn = (service: string, resource: string) =>
    `arn:aws:${service}:${testEnvironment().region}:${testEnvironment().account}:${resource}`

  it('is written by its own roles only: its queues and its table', () => {
    const queues = arnsOf('aws_sqs_queue')
    const tables = arnsOf('aws_dynamodb_table')
    expect([queues.length, tables.length]).toEqual([4, 1])
    expect(allowed(['sqs:SendMessage'], queues)).toEqual([
      'failover-drain',
      'failover-reconcile',
      'failover-sweep',
    ])
    const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'DeleteTable']
    expect(
      allowed(
        writes.map((each) => `dynamodb:${each}`),
        tables,
      ),
    ).toEqual(['failover-reconcile'])
  })

  it('is written by no role of a task or a function: tags, events, code, rules, experiments', () => {
    const cluster = Object.keys(resourcesOf(json, 'aws_ecs_cluster'))[0]
    const name = `\${aws_ecs_cluster.${cluster}.name}`
    const services = [arn('ecs', `service/${name}/api`), arn('ecs', `cluster/${name}`)]
    expect(
      allowed(['ecs:TagResource', 'ecs:UntagResource', 'ecs:UpdateCluster'], services),
    ).toEqual([])
    expect(allowed(['events:PutEvents'], [arn('events', 'event-bus/default')])).toEqual([])
    const functions = [arn('lambda', 'function:tideway-test-failover-reconcile')]
    const changes = ['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'InvokeFunction']
    expect(
      allowed(
        changes.map((each) => `lambda:${each}`),
        functions,
      ),
    ).toEqual([])
    expect(allowed(['events:PutRule', 'events:DisableRule'], [arn('events', 'rule/any')])).toEqual(
      [],
    )
    expect(allowed(['fis:StartExperiment'], [arn('fis', 'experiment-template/EXT1')])).toEqual([])
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
