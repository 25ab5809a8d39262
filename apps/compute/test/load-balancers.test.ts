import { stacks, TidewayStack } from '@tideway/constructs'
import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  soleResource,
  synthesized,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import { InternalAlb, OriginRule, type OriginRuleProps } from '../src/load-balancers'
import { compute, dataOutput, groupRef, keyRef, networkOutput, rulesOf } from './fixture'

const json = compute()
const balancerRef = (kind: string, attribute: string) =>
  referenceAt(json, 'aws_lb', `${kind}-alb/alb/balancer`, attribute)

describe.each([
  ['external', 'public', 'origin.test.example', '403'],
  ['internal', 'private', '*.internal.test.example', '404'],
])('the %s load balancer', (kind, tier, hostName, status) => {
  const balancer = resourceAt(json, 'aws_lb', `${kind}-alb/alb/balancer`)
  const path = (part: string) => `${kind}-alb/alb/${part}`

  it('is in its subnets, with its own name', () => {
    expect(balancer).toMatchObject({
      name: `tideway-test-${kind}`,
      load_balancer_type: 'application',
      internal: kind === 'internal',
      subnets: networkOutput(`${tier}_subnet_ids`),
    })
  })

  it('writes access logs to an allowed prefix of the log bucket', () => {
    expect(balancer.access_logs).toEqual({
      enabled: true,
      bucket: dataOutput('logs_bucket_name'),
      prefix: `alb/${kind}`,
    })
  })

  it('drops invalid headers', () => {
    expect(balancer.drop_invalid_header_fields).toBe(true)
  })

  it.each([true, false])('has deletion protection if data is protected (%s)', (protect) => {
    const stack = compute({ protectData: protect })
    expect(resourceAt(stack, 'aws_lb', path('balancer')).enable_deletion_protection).toBe(protect)
  })

  it('uses a current TLS policy and an issued certificate for its name', () => {
    const listener = resourceAt(json, 'aws_lb_listener', path('https'))
    expect(listener).toMatchObject({
      load_balancer_arn: balancerRef(kind, 'arn'),
      port: 443,
      protocol: 'HTTPS',
      ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      certificate_arn: referenceAt(
        json,
        'aws_acm_certificate_validation',
        path('certificate/validation'),
        'certificate_arn',
      ),
    })
    const certificate = resourceAt(json, 'aws_acm_certificate', path('certificate/certificate'))
    expect(certificate).toMatchObject({ domain_name: hostName, validation_method: 'DNS' })
    expect(certificate.lifecycle.create_before_destroy).toBe(true)
  })

  it('validates its certificate in the public zone', () => {
    const certificate = referenceAt(
      json,
      'aws_acm_certificate',
      path('certificate/certificate'),
      'arn',
    )
    const proof = (part: string) =>
      certificate.replace(
        /^\$\{(.*)\.arn\}$/,
        `\${tolist($1.domain_validation_options).0.resource_record_${part}}`,
      )
    expect(resourceAt(json, 'aws_route53_record', path('certificate/proof'))).toMatchObject({
      zone_id: networkOutput('public_zone_id'),
      name: proof('name'),
      type: proof('type'),
      records: [proof('value')],
    })
    expect(
      resourceAt(json, 'aws_acm_certificate_validation', path('certificate/validation')),
    ).toMatchObject({
      certificate_arn: certificate,
      validation_record_fqdns: [
        referenceAt(json, 'aws_route53_record', path('certificate/proof'), 'fqdn'),
      ],
    })
  })

  it('has an alias record', () => {
    expect(resourceAt(json, 'aws_route53_record', path('name'))).toMatchObject({
      zone_id: networkOutput('public_zone_id'),
      name: hostName,
      type: 'A',
      alias: { name: balancerRef(kind, 'dns_name'), zone_id: balancerRef(kind, 'zone_id') },
    })
  })

  it('returns a fixed response to requests that match no rule', () => {
    const [action, ...others] = resourceAt(json, 'aws_lb_listener', path('https')).default_action
    expect(others).toEqual([])
    expect(action).toMatchObject({
      type: 'fixed-response',
      fixed_response: { status_code: status },
    })
  })
})

describe('the external load balancer', () => {
  const prefixList = Object.keys(json.data?.aws_ec2_managed_prefix_list ?? {})[0]
  const groups = [443, 80].map((port) => groupRef(json, `external-alb/from-cloudfront-${port}`))

  it('accepts traffic from CloudFront only', () => {
    expect(Object.values(json.data?.aws_ec2_managed_prefix_list ?? {})).toEqual([
      expect.objectContaining({ name: 'com.amazonaws.global.cloudfront.origin-facing' }),
    ])
    const { security_groups } = resourceAt(json, 'aws_lb', 'external-alb/alb/balancer')
    expect(security_groups).toEqual(groups)
    // One group per port: two rules with the prefix list exceed the limit of a group.
    for (const [index, port] of [443, 80].entries()) {
      expect(rulesOf(json, 'ingress', groups[index] ?? '')).toEqual([
        {
          prefix_list_id: `\${data.aws_ec2_managed_prefix_list.${prefixList}.id}`,
          ip_protocol: 'tcp',
          from_port: port,
          to_port: port,
        },
      ])
    }
  })

  it('has egress to its targets only', () => {
    const rules = groups.flatMap((group) => rulesOf(json, 'egress', group))
    for (const rule of rules) expect(rule).toHaveProperty('referenced_security_group_id')
    expect(rules.length).toBeGreaterThan(0)
  })

  it('redirects HTTP to HTTPS', () => {
    expect(resourceAt(json, 'aws_lb_listener', 'external-alb/http')).toMatchObject({
      load_balancer_arn: balancerRef('external', 'arn'),
      port: 80,
      protocol: 'HTTP',
      default_action: [
        {
          type: 'redirect',
          redirect: { protocol: 'HTTPS', port: '443', status_code: 'HTTP_301' },
        },
      ],
    })
  })

  it('forwards no request without the origin header', () => {
    const listener = referenceAt(json, 'aws_lb_listener', 'external-alb/alb/https', 'arn')
    const rules = Object.values(resourcesOf(json, 'aws_lb_listener_rule')).filter(
      ({ listener_arn }) => listener_arn === listener,
    )
    expect(rules.length).toBeGreaterThan(0)
    const version = soleResource(json, 'aws_secretsmanager_secret_version')
    for (const { condition } of rules) {
      expect(condition).toContainEqual({
        http_header: { http_header_name: 'x-tideway-origin', values: [version.secret_string_wo] },
      })
    }
  })

  it('is protected by the firewall', () => {
    expect(soleResource(json, 'aws_wafv2_web_acl_association')).toMatchObject({
      resource_arn: balancerRef('external', 'arn'),
      web_acl_arn: referenceAt(json, 'aws_wafv2_web_acl', 'external-alb/firewall/acl', 'arn'),
    })
  })

  it('has Shield Advanced only if switched on', () => {
    expect(resourcesOf(json, 'aws_shield_protection')).toEqual({})
    const shielded = compute({}, { externalAlb: { shieldAdvanced: 'on' } })
    expect(soleResource(shielded, 'aws_shield_protection').resource_arn).toBe(
      balancerRef('external', 'arn'),
    )
  })
})

describe('the firewall', () => {
  it('leaves the rate of viewers to the CDN, and protects only by the content of requests', () => {
    const acl = soleResource(json, 'aws_wafv2_web_acl')
    expect(acl.scope).toBe('REGIONAL')
    const kinds = acl.rule.map(({ statement }: Block) => Object.keys(statement))
    expect(kinds).toEqual(Array(3).fill(['managed_rule_group_statement']))
  })

  it('redacts the origin header in its log', () => {
    const { redacted_fields } = soleResource(json, 'aws_wafv2_web_acl_logging_configuration')
    expect(redacted_fields).toContainEqual({ single_header: { name: 'x-tideway-origin' } })
  })
})

describe('the internal load balancer', () => {
  const group = groupRef(json, 'internal-alb/security-group')
  const clients = groupRef(json, 'internal-alb/clients')
  const onHttps = { ip_protocol: 'tcp', from_port: 443, to_port: 443 }

  it('accepts traffic from the security group of its clients only', () => {
    expect(resourceAt(json, 'aws_lb', 'internal-alb/alb/balancer').security_groups).toEqual([group])
    expect(rulesOf(json, 'ingress', group)).toEqual([
      { referenced_security_group_id: clients, ...onHttps },
    ])
    expect(rulesOf(json, 'egress', clients)).toEqual([
      { referenced_security_group_id: group, ...onHttps },
    ])
    expect(rulesOf(json, 'ingress', clients)).toEqual([])
  })
})

const generation = (number: number) =>
  compute({}, { externalAlb: { originSecretGeneration: number } })
const valueRef = (json: Synthesized, number: number) =>
  referenceAt(
    json,
    'terraform_data',
    `origin-secret/generation-${number}`,
    'output["value"]',
  ).replace(/^\$\{(.*)\}$/, '${sensitive($1)}')
const acceptedValues = (json: Synthesized): string[] =>
  resourceAt(json, 'aws_lb_listener_rule', 'web-fleet/rule/rule').condition.flatMap(
    ({ http_header }: { http_header?: { values: string[] } }) => http_header?.values ?? [],
  )

describe('the secret of the origin header', () => {
  const json = generation(1)
  const version = soleResource(json, 'aws_secretsmanager_secret_version')

  it('is generated once and sensitive in plans', () => {
    expect(soleResource(json, 'terraform_data')).toMatchObject({
      input: { value: '${sensitive(uuid())}' },
      lifecycle: { ignore_changes: ['input'] },
    })
  })

  it('is stored in a secret, write-only', () => {
    expect(version).toMatchObject({
      secret_id: referenceAt(json, 'aws_secretsmanager_secret', 'origin-secret/secret'),
      secret_string_wo: valueRef(json, 1),
      secret_string_wo_version: 1,
    })
    expect(version).not.toHaveProperty('secret_string')
    expect(soleResource(json, 'aws_secretsmanager_secret').kms_key_id).toBe(keyRef(json, 'secrets'))
    expect(json.output?.origin_secret_arn?.value).toBe(
      referenceAt(json, 'aws_secretsmanager_secret_version', 'origin-secret/value', 'arn'),
    )
  })

  it('is the value that the listener rules accept', () => {
    expect(acceptedValues(json)).toEqual([valueRef(json, 1)])
  })

  it('accepts the previous value too, because the CDN is deployed later', () => {
    const third = generation(3)
    expect(acceptedValues(third)).toEqual([valueRef(third, 3), valueRef(third, 2)])
    expect(Object.keys(resourcesOf(third, 'terraform_data'))).toHaveLength(2)
    expect(soleResource(third, 'aws_secretsmanager_secret_version')).toMatchObject({
      secret_string_wo: valueRef(third, 3),
      secret_string_wo_version: 3,
    })
  })

  it('keeps the resource of a generation after a rotation', () => {
    expect(valueRef(generation(2), 1)).toBe(valueRef(generation(1), 1))
  })

  it.each([
    [true, 30],
    [false, 0],
  ])('can be restored, with protectData %s, for %i days', (protectData, days) => {
    const secret = soleResource(compute({ protectData }), 'aws_secretsmanager_secret')
    expect(secret.recovery_window_in_days).toBe(days)
  })
})

function stackWith(build: (stack: TidewayStack) => void) {
  const stack = new TidewayStack(testApp(), 'compute', {
    environment: testEnvironment(),
    owner: stacks.compute.owner,
  })
  build(stack)
  return synthesized(stack)
}

const ruleOf = (switchedBy: OriginRuleProps['switchedBy']) =>
  soleResource(
    stackWith((stack) => {
      new OriginRule(stack, 'rule', {
        alb: {
          httpsListenerArn: 'arn:listener',
          originHeader: { name: 'x-proof', values: ['today', 'before'] },
        },
        priority: 7,
        conditions: [{ pathPattern: { values: ['/api/*'] } }],
        targetGroupArn: 'arn:blue',
        switchedBy,
      })
    }),
    'aws_lb_listener_rule',
  )

describe('an origin rule', () => {
  it('forwards requests with a valid header and a matching path', () => {
    expect(ruleOf('terraform')).toMatchObject({
      listener_arn: 'arn:listener',
      priority: 7,
      condition: [
        { http_header: { http_header_name: 'x-proof', values: ['today', 'before'] } },
        { path_pattern: { values: ['/api/*'] } },
      ],
      action: [{ type: 'forward', target_group_arn: 'arn:blue' }],
    })
  })

  it('ignores the action only if CodeDeploy switches it', () => {
    expect(ruleOf('code-deploy').lifecycle).toEqual({ ignore_changes: ['action'] })
    expect(ruleOf('terraform')).not.toHaveProperty('lifecycle')
  })
})

describe('the internal host name of a service', () => {
  it('matches the certificate of the internal load balancer', () => {
    let name = ''
    const json = stackWith((stack) => {
      name = new InternalAlb(stack, 'alb', {
        vpcId: 'vpc-1',
        subnetIds: ['subnet-1', 'subnet-2'],
        publicZoneId: 'Z1',
        logsBucketName: 'logs',
      }).hostNameOf('worker')
    })
    const { domain_name } = soleResource(json, 'aws_acm_certificate')
    expect(domain_name).toBe(`*.${name.split('.').slice(1).join('.')}`)
    expect(name).toBe('worker.internal.test.example')
  })
})
