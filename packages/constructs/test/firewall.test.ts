import { Firewall, type FirewallProps, TidewayStack } from '../src'
import {
  type Block,
  referenceAt,
  soleResource,
  synthesized,
  testApp,
  testEnvironment,
} from '../src/testing'

function firewallWith(changes: Partial<FirewallProps> = {}) {
  const stack = new TidewayStack(testApp(), 'sample', {
    environment: testEnvironment(),
    owner: 'nobody',
  })
  new Firewall(stack, 'firewall', {
    protects: 'door',
    from: { requestsPerAddress: 1500 },
    logKeyArn: 'the key',
    ...changes,
  })
  return synthesized(stack)
}

describe('a firewall', () => {
  const json = firewallWith()
  const acl = soleResource(json, 'aws_wafv2_web_acl')
  const [rate, ...managed]: Block[] = acl.rule

  it('allows requests by default', () => {
    expect(acl.default_action).toEqual({ allow: {} })
  })

  it('blocks an address above the rate limit', () => {
    expect(rate?.action).toEqual({ block: {} })
    expect(rate?.statement.rate_based_statement).toEqual({
      limit: 1500,
      evaluation_window_sec: 300,
      aggregate_key_type: 'IP',
    })
  })

  it('has no rate limit behind the CDN, where viewers write the address', () => {
    const behind = soleResource(firewallWith({ from: 'cloudfront' }), 'aws_wafv2_web_acl')
    expect([acl.scope, behind.scope]).toEqual(['CLOUDFRONT', 'REGIONAL'])
    // The other rules keep their priorities, so that a deploy removes one rule and changes none.
    expect(behind.rule).toEqual(acl.rule.slice(1))
    expect(JSON.stringify(behind.rule)).not.toContain('X-Forwarded-For')
  })

  it('has managed rule groups with their own actions', () => {
    const names = managed.map(({ statement, override_action }) => {
      expect(override_action).toEqual({ none: {} })
      return statement.managed_rule_group_statement.name
    })
    expect(names).toEqual([
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
      'AWSManagedRulesSQLiRuleSet',
    ])
    const priorities = acl.rule.map(({ priority }: Block) => priority)
    expect(new Set(priorities).size).toBe(acl.rule.length)
  })

  it('only counts the rule that would block every upload', () => {
    const overrides = managed.flatMap(
      ({ statement }) => statement.managed_rule_group_statement.rule_action_override,
    )
    expect(overrides).toEqual([{ name: 'SizeRestrictions_BODY', action_to_use: { count: {} } }])
  })

  it('logs blocked requests to an encrypted log group with a WAF prefix', () => {
    const group = soleResource(json, 'aws_cloudwatch_log_group')
    expect(group.name).toMatch(/^aws-waf-logs-/)
    expect(group).toMatchObject({ kms_key_id: 'the key', retention_in_days: 30 })
    expect(soleResource(json, 'aws_wafv2_web_acl_logging_configuration')).toMatchObject({
      resource_arn: referenceAt(json, 'aws_wafv2_web_acl', 'firewall/acl', 'arn'),
      log_destination_configs: [
        referenceAt(json, 'aws_cloudwatch_log_group', 'firewall/log-group', 'arn'),
      ],
      logging_filter: {
        default_behavior: 'DROP',
        filter: [
          {
            behavior: 'KEEP',
            condition: [
              { action_condition: { action: 'BLOCK' } },
              { action_condition: { action: 'COUNT' } },
            ],
          },
        ],
      },
    })
  })

  it('redacts secrets in the log', () => {
    const log = soleResource(
      firewallWith({ secretHeaders: ['x-secret'] }),
      'aws_wafv2_web_acl_logging_configuration',
    )
    expect(log.redacted_fields).toEqual([
      { single_header: { name: 'authorization' } },
      { single_header: { name: 'cookie' } },
      { single_header: { name: 'x-secret' } },
      { query_string: {} },
    ])
  })
})
