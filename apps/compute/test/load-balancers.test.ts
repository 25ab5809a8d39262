import { referenceAt, resourceAt, resourcesOf, soleResource } from '@tideway/constructs/testing'
import { compute, dataOutput, groupRef, networkOutput, rulesOf } from './fixture'

const json = compute()
const balancerRef = (kind: string, attribute: string) =>
  referenceAt(json, 'aws_lb', `${kind}-alb/alb/balancer`, attribute)

describe.each([
  ['external', 'public', 'origin.test.example', '403'],
  ['internal', 'private', '*.internal.test.example', '404'],
])('the %s load balancer', (kind, tier, hostName, status) => {
  const balancer = resourceAt(json, 'aws_lb', `${kind}-alb/alb/balancer`)
  const path = (part: string) => `${kind}-alb/alb/${part}`

  it('stands in its subnets under a name of its own', () => {
    expect(balancer).toMatchObject({
      name: `tideway-test-${kind}`,
      load_balancer_type: 'application',
      internal: kind === 'internal',
      subnets: networkOutput(`${tier}_subnet_ids`),
    })
  })

  it('writes down who asked, where the log bucket lets it', () => {
    expect(balancer.access_logs).toEqual({
      enabled: true,
      bucket: dataOutput('logs_bucket_name'),
      prefix: `alb/${kind}`,
    })
  })

  it('drops headers that are not well formed', () => {
    expect(balancer.drop_invalid_header_fields).toBe(true)
  })

  it.each([true, false])('with protectData %s: its deletion protection is the same', (protect) => {
    const stack = compute({ protectData: protect })
    expect(resourceAt(stack, 'aws_lb', path('balancer')).enable_deletion_protection).toBe(protect)
  })

  it('speaks TLS of today, with a certificate that has been issued for its name', () => {
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

  it('proves its name in the public zone, where ACM can see it', () => {
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

  it('is found by its name', () => {
    expect(resourceAt(json, 'aws_route53_record', path('name'))).toMatchObject({
      zone_id: networkOutput('public_zone_id'),
      name: hostName,
      type: 'A',
      alias: { name: balancerRef(kind, 'dns_name'), zone_id: balancerRef(kind, 'zone_id') },
    })
  })

  it('answers nobody whom no rule is for', () => {
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

  it('is reached by CloudFront and by nobody else', () => {
    expect(Object.values(json.data?.aws_ec2_managed_prefix_list ?? {})).toEqual([
      expect.objectContaining({ name: 'com.amazonaws.global.cloudfront.origin-facing' }),
    ])
    const { security_groups } = resourceAt(json, 'aws_lb', 'external-alb/alb/balancer')
    expect(security_groups).toEqual(groups)
    // A group a port: two such rules are more than AWS allows in one.
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

  it('reaches its targets only', () => {
    const rules = groups.flatMap((group) => rulesOf(json, 'egress', group))
    for (const rule of rules) expect(rule).toHaveProperty('referenced_security_group_id')
    expect(rules.length).toBeGreaterThan(0)
  })

  it('sends HTTP on to HTTPS', () => {
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

  it('forwards nothing without the header of the CDN', () => {
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

  it('stands behind the firewall', () => {
    expect(soleResource(json, 'aws_wafv2_web_acl_association')).toMatchObject({
      resource_arn: balancerRef('external', 'arn'),
      web_acl_arn: referenceAt(json, 'aws_wafv2_web_acl', 'external-alb/firewall/acl', 'arn'),
    })
  })

  it('has Shield Advanced where it is switched on, and there alone', () => {
    expect(resourcesOf(json, 'aws_shield_protection')).toEqual({})
    const shielded = compute({}, { externalAlb: { shieldAdvanced: 'on' } })
    expect(soleResource(shielded, 'aws_shield_protection').resource_arn).toBe(
      balancerRef('external', 'arn'),
    )
  })
})

describe('the firewall', () => {
  it('counts by the address of the viewer, not of the CDN, as often as the settings say', () => {
    const acl = soleResource(json, 'aws_wafv2_web_acl')
    expect(acl.scope).toBe('REGIONAL')
    expect(acl.rule[0].statement.rate_based_statement).toMatchObject({
      limit: 1500,
      aggregate_key_type: 'FORWARDED_IP',
    })
  })

  it('does not write the secret of the CDN into its log', () => {
    const { redacted_fields } = soleResource(json, 'aws_wafv2_web_acl_logging_configuration')
    expect(redacted_fields).toContainEqual({ single_header: { name: 'x-tideway-origin' } })
  })
})

describe('the internal load balancer', () => {
  const group = groupRef(json, 'internal-alb/security-group')
  const clients = groupRef(json, 'internal-alb/clients')
  const onHttps = { ip_protocol: 'tcp', from_port: 443, to_port: 443 }

  it('lets in who wears the group of its clients, and nobody else', () => {
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
