import {
  type Block,
  referenceAt,
  referenceTo,
  resourcesOf,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import { network } from './fixture'

describe('the VPC', () => {
  it('has the range of the environment and DNS support for endpoints', () => {
    const vpc = soleResource(network({}, { vpcCidr: '172.16.0.0/18' }), 'aws_vpc')
    expect(vpc).toMatchObject({
      cidr_block: '172.16.0.0/18',
      enable_dns_support: true,
      enable_dns_hostnames: true,
    })
  })

  it('has an empty default security group', () => {
    const json = network()
    expect(soleResource(json, 'aws_default_security_group')).toMatchObject({
      vpc_id: referenceAt(json, 'aws_vpc', 'vpc/vpc'),
      ingress: [],
      egress: [],
    })
  })
})

describe('the flow log', () => {
  const json = network({}, { logRetentionDays: 90 })
  const flowLog = soleResource(json, 'aws_flow_log')
  const group = soleResource(json, 'aws_cloudwatch_log_group')
  const role = soleResource(json, 'aws_iam_role')
  const key = soleResource(json, 'aws_kms_key')

  it('records all traffic of the VPC', () => {
    expect(flowLog).toMatchObject({
      vpc_id: referenceAt(json, 'aws_vpc', 'vpc/vpc'),
      traffic_type: 'ALL',
    })
  })

  it('goes to its log group, with the retention of the environment', () => {
    expect(flowLog.log_destination_type).toBe('cloud-watch-logs')
    expect(flowLog.log_destination).toBe(
      referenceTo(json, 'aws_cloudwatch_log_group', group, 'arn'),
    )
    expect(group.retention_in_days).toBe(90)
  })

  it('is encrypted with a key that CloudWatch Logs can use for log groups of this account', () => {
    expect(group.kms_key_id).toBe(referenceTo(json, 'aws_kms_key', key, 'arn'))
    const services = statementsOf(key.policy).filter(({ Principal }) => Principal.Service)
    expect(services).toHaveLength(1)
    expect(services[0]).toMatchObject({
      Effect: 'Allow',
      Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
      Action: expect.arrayContaining(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey']),
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn':
            'arn:aws:logs:eu-central-1:123456789012:log-group:*',
        },
      },
    })
  })

  it('is written with a role that only the flow log service of this account assumes', () => {
    expect(flowLog.iam_role_arn).toBe(referenceTo(json, 'aws_iam_role', role, 'arn'))
    expect(statementsOf(role.assume_role_policy)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ])
    expect(role.permissions_boundary).toBe('arn:aws:iam::123456789012:policy/tideway-test-boundary')
  })

  it('is written with a role that can write to that log group and no other', () => {
    const policy = soleResource(json, 'aws_iam_role_policy')
    expect(policy.role).toBe(referenceTo(json, 'aws_iam_role', role, 'name'))
    const arn = referenceTo(json, 'aws_cloudwatch_log_group', group, 'arn')
    const writes = (statement: Block) => [statement.Action].flat().includes('logs:PutLogEvents')
    const [write, ...others] = statementsOf(policy.policy).filter(writes)
    expect(write?.Resource).toEqual([arn, `${arn}:*`])
    expect(write?.Action).toContain('logs:CreateLogStream')
    for (const other of statementsOf(policy.policy).filter((statement) => !writes(statement))) {
      expect(other.Action).toEqual(['logs:DescribeLogGroups'])
    }
    expect(others).toEqual([])
    expect(resourcesOf(json, 'aws_iam_role_policy_attachment')).toEqual({})
  })
})
