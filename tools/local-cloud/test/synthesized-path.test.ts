import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate } from '../src/delivery/expressions'
import { Synthesized } from '../src/delivery/synthesized'
import { readXml } from '../src/gateway/xml'
import { actionsOf, conditionsOf } from '../src/path/balancer-blocks'
import { blockOf } from '../src/path/blocks'
import {
  cachePolicyOf,
  distributionOf,
  originRequestPolicyOf,
  responseHeadersPolicyOf,
} from '../src/path/cdn-blocks'
import type { DeployedPath } from '../src/path/deployed-path'
import { webAclOf } from '../src/path/firewall-blocks'
import { pathDifferences } from '../src/path/path-differences'
import { RequestPath } from '../src/path/request-path'

const network = {
  resource: {
    aws_route53_zone: {
      public: { name: 'site.example' },
      private: { name: 'site.internal', vpc: [{ vpc_id: 'vpc' }] },
    },
  },
  output: {
    public_zone_id: { value: '${aws_route53_zone.public.zone_id}' },
    private_zone_id: { value: '${aws_route53_zone.private.zone_id}' },
  },
}
const state = (stack: string, more = {}) => ({ config: { key: `local/${stack}.tfstate` }, ...more })
const group = (arn: string) => `\${aws_lb_target_group.${arn}.arn}`

const compute = {
  data: {
    terraform_remote_state: { network: state('network') },
    aws_ec2_managed_prefix_list: {
      cdn: { name: 'com.amazonaws.global.cloudfront.origin-facing' },
    },
  },
  output: {
    hosts: { value: ['shop.site.example'] },
    origin_secret: { value: '${aws_secretsmanager_secret_version.v.arn}' },
    origin: { value: 'origin.site.example' },
  },
  resource: {
    terraform_data: { secret: { input: { value: '${sensitive(uuid())}' } } },
    aws_secretsmanager_secret_version: {
      v: { secret_string_wo: '${sensitive(terraform_data.secret.output["value"])}' },
    },
    aws_acm_certificate: { origin: { domain_name: 'origin.site.example' } },
    aws_acm_certificate_validation: {
      origin: { certificate_arn: '${aws_acm_certificate.origin.arn}' },
    },
    aws_security_group: {
      balancer: { name: 'balancer' },
      tasks: {
        name: 'tasks',
        ingress: [
          {
            protocol: 'tcp',
            from_port: 8080,
            to_port: 8080,
            security_groups: ['${aws_security_group.balancer.id}'],
          },
        ],
      },
    },
    aws_vpc_security_group_ingress_rule: {
      cdn: {
        security_group_id: '${aws_security_group.balancer.id}',
        ip_protocol: 'tcp',
        from_port: 443,
        to_port: 443,
        prefix_list_id: '${data.aws_ec2_managed_prefix_list.cdn.id}',
      },
    },
    aws_vpc_security_group_egress_rule: {
      all: {
        security_group_id: '${aws_security_group.balancer.id}',
        ip_protocol: '-1',
        cidr_ipv4: '0.0.0.0/0',
      },
    },
    aws_lb: {
      main: {
        name: 'main',
        security_groups: ['${aws_security_group.balancer.id}'],
        idle_timeout: 30,
      },
      network: { name: 'network', load_balancer_type: 'network' },
    },
    aws_lb_listener: {
      https: {
        load_balancer_arn: '${aws_lb.main.arn}',
        port: 443,
        protocol: 'HTTPS',
        certificate_arn: '${aws_acm_certificate_validation.origin.certificate_arn}',
        default_action: [{ type: 'fixed-response', fixed_response: { status_code: '403' } }],
      },
    },
    aws_lb_listener_rule: {
      web: {
        listener_arn: '${aws_lb_listener.https.arn}',
        priority: 10,
        action: [{ type: 'forward', target_group_arn: group('blue') }],
        condition: [
          {
            http_header: {
              http_header_name: 'X-Origin',
              values: ['${sensitive(terraform_data.secret.output["value"])}'],
            },
          },
        ],
      },
    },
    aws_lb_target_group: {
      blue: {
        name: 'blue',
        port: 8080,
        protocol: 'HTTP',
        target_type: 'ip',
        deregistration_delay: '45',
        stickiness: { type: 'lb_cookie', cookie_duration: 60 },
      },
      green: { name: 'green', port: 8080, protocol: 'HTTP', target_type: 'ip' },
    },
    aws_ecs_service: {
      web: {
        name: 'web',
        cluster: 'main',
        network_configuration: { security_groups: ['${aws_security_group.tasks.id}'] },
        load_balancer: [{ target_group_arn: group('blue'), container_port: 8080 }],
      },
    },
    aws_codedeploy_deployment_group: {
      web: {
        load_balancer_info: {
          target_group_pair_info: {
            target_group: [
              { name: '${aws_lb_target_group.blue.name}' },
              { name: '${aws_lb_target_group.green.name}' },
            ],
          },
        },
      },
    },
    aws_route53_record: {
      origin: {
        name: 'origin.site.example',
        type: 'A',
        zone_id: '${data.terraform_remote_state.network.outputs.public_zone_id}',
        alias: { name: '${aws_lb.main.dns_name}' },
      },
      inside: {
        name: 'db.site.internal',
        type: 'CNAME',
        zone_id: '${data.terraform_remote_state.network.outputs.private_zone_id}',
        records: ['db.example'],
      },
      proof: {
        name: '${tolist(aws_acm_certificate.origin.domain_validation_options).0.resource_record_name}',
        type: 'CNAME',
        records: ['x'],
      },
    },
  },
}

const behavior = {
  target_origin_id: 'services',
  viewer_protocol_policy: 'redirect-to-https',
  allowed_methods: ['GET', 'HEAD'],
  cached_methods: ['GET', 'HEAD'],
  cache_policy_id: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
}
const distribution = {
  enabled: true,
  aliases: '${local.hosts}',
  default_cache_behavior: behavior,
  origin: [
    {
      origin_id: 'services',
      domain_name: '${data.terraform_remote_state.compute.outputs.origin}',
      custom_header: [
        {
          name: 'X-Origin',
          value: '${data.aws_secretsmanager_secret_version.origin.secret_string}',
        },
      ],
      custom_origin_config: {
        http_port: 80,
        https_port: 443,
        origin_protocol_policy: 'https-only',
      },
    },
  ],
  viewer_certificate: { acm_certificate_arn: '${aws_acm_certificate.site[0].arn}' },
}
const edge = {
  locals: {
    hosts: '${data.terraform_remote_state.compute.outputs.hosts}',
    grpc: '${data.terraform_remote_state.compute.outputs.grpc_hosts}',
    unknown: '${[for host in local.hosts : replace(host, "/x/", "y")]}',
  },
  data: {
    terraform_remote_state: { compute: state('compute', { defaults: { grpc_hosts: [] } }) },
    aws_secretsmanager_secret_version: {
      origin: { secret_id: '${data.terraform_remote_state.compute.outputs.origin_secret}' },
    },
  },
  resource: {
    aws_acm_certificate: {
      site: {
        count: '${length(local.hosts) > 0 ? 1 : 0}',
        domain_name: '*.site.example',
        subject_alternative_names: '${setunion(["*.site.example"], local.unknown)}',
      },
    },
    aws_cloudfront_distribution: {
      hosts: { count: '${length(local.hosts) > 0 ? 1 : 0}', ...distribution },
      grpc: { count: '${length(local.grpc) > 0 ? 1 : 0}', ...distribution },
    },
    aws_route53_record: {
      hosts: {
        for_each: '${toset(local.hosts)}',
        name: '${each.value}',
        type: 'A',
        alias: { name: '${aws_cloudfront_distribution.hosts[0].domain_name}' },
      },
    },
  },
}

describe('the synthesized path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-path-'))
  let path: DeployedPath

  beforeAll(() => {
    const stacks = Object.entries({ network, compute, edge }).map(([name, json]) => {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'cdk.tf.json'), JSON.stringify(json))
      return [name, join(folder, name)]
    })
    path = new Synthesized(Object.fromEntries(stacks)).path()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('leads a request from a host of the distribution to the target, across the stacks', () => {
    const targets = {
      targets: () => [{ id: '10.0.0.5', port: 8080, state: 'healthy' as const, since: 0 }],
    }
    const host = 'shop.site.example'
    const request = {
      scheme: 'https',
      host,
      method: 'GET',
      path: '/',
      headers: { host },
      clientIp: '198.51.100.1',
    } as const
    const routed = new RequestPath(path, targets).route(request, 0)
    expect(routed).toMatchObject({ kind: 'target', by: { targetGroup: 'blue' } })
  })

  it('expands what depends on lists, and leaves out what is not known yet', () => {
    expect(path.distributions.map(({ aliases }) => aliases)).toEqual([['shop.site.example']])
    expect(path.records.map(({ name, isPrivate }) => [name, isPrivate])).toEqual([
      ['origin.site.example', false],
      ['db.site.internal', true],
      ['shop.site.example', false],
    ])
    expect(path.certificates.map(({ names }) => names)).toEqual([
      ['origin.site.example'],
      ['*.site.example'],
    ])
  })

  it('has the settings of target groups, with those of their services', () => {
    expect(path.targetGroups).toMatchObject([
      {
        name: 'blue',
        deregistrationDelaySeconds: 45,
        stickiness: { type: 'lb_cookie', seconds: 60 },
        targetSecurityGroupIds: ['tasks'],
        healthCheck: { healthyThreshold: 3, unhealthyThreshold: 3, path: '/', matcher: '200' },
      },
      { name: 'green', stickiness: undefined, targetSecurityGroupIds: ['tasks'] },
    ])
    expect(path.loadBalancers.map(({ name }) => name)).toEqual(['main'])
  })

  it('differs from itself only where a setting does', () => {
    const [first] = path.targetGroups
    if (first === undefined) throw new Error('no target group')
    const renamed = path.targetGroups.map((each) => ({ ...each, arn: `${each.arn}-new` }))
    expect(pathDifferences(path, path)).toEqual([])
    expect(
      pathDifferences(
        { ...path, loadBalancers: [] },
        { ...path, loadBalancers: [], targetGroups: renamed },
      ),
    ).toEqual([])
    const changed = [{ ...first, slowStartSeconds: 30 }, ...path.targetGroups.slice(1)]
    expect(pathDifferences(path, { ...path, targetGroups: changed })).toEqual([
      '- .targetGroups[["blue","blue","HTTP"]].slowStartSeconds = 0',
      '+ .targetGroups[["blue","blue","HTTP"]].slowStartSeconds = 30',
    ])
  })
})

/** The names in the API of AWS that are not those of Terraform in another case. */
const apiNames: Readonly<Record<string, string>> = {
  arn: 'ARN',
  custom_response_body: 'CustomResponseBodies',
  insert_header: 'InsertHeaders',
  ip_set_reference_statement: 'IPSetReferenceStatement',
  response_header: 'ResponseHeaders',
  rule: 'Rules',
  rule_label: 'RuleLabels',
  text_transformation: 'TextTransformations',
}

/** Settings of a web ACL as GetWebACL returns them. */
function asInApi(value: unknown, within = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => asInApi(item, within))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key === 'statement' && within === 'and_statement') return ['Statements', asInApi(item)]
      const name = key.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
      // Terraform may have a list of one where the API has a block.
      const single = key === 'statement' && Array.isArray(item) ? item[0] : item
      return [apiNames[key] ?? name, asInApi(single, key)]
    }),
  )
}

describe('settings from AWS and as synthesized', () => {
  it('of conditions', () => {
    const pairs = [
      [
        { Field: 'host-header', HostHeaderConfig: { Values: ['a'] } },
        { host_header: { values: ['a'] } },
      ],
      [{ Field: 'path-pattern', Values: ['/a'] }, { path_pattern: [{ values: ['/a'] }] }],
      [
        { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-A', Values: ['1'] } },
        { http_header: { http_header_name: 'X-A', values: ['1'] } },
      ],
      [
        {
          Field: 'query-string',
          QueryStringConfig: { Values: [{ Key: 'k', Value: 'v' }, { Value: 'w' }] },
        },
        { query_string: [{ key: 'k', value: 'v' }, { value: 'w' }] },
      ],
      [
        { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
        { source_ip: { values: ['10.0.0.0/8'] } },
      ],
    ]
    for (const [aws, synthesized] of pairs) {
      const conditions = conditionsOf(blockOf(aws))
      expect(conditions).toHaveLength(1)
      expect(conditionsOf(synthesized as object as Record<string, unknown>)).toEqual(conditions)
    }
  })

  it('of actions, in their order', () => {
    const aws = [
      {
        Type: 'forward',
        Order: 2,
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: 'a', Weight: 3 }],
          TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 9 },
        },
      },
      { Type: 'authenticate-oidc', Order: 1 },
    ]
    const synthesized = [
      { type: 'authenticate-oidc', order: 1 },
      {
        type: 'forward',
        order: 2,
        forward: [
          { target_group: [{ arn: 'a', weight: 3 }], stickiness: { enabled: true, duration: 9 } },
        ],
      },
    ]
    expect(actionsOf(blockOf({ Actions: aws }).actions)).toEqual(actionsOf(synthesized))
    expect(actionsOf(synthesized)).toEqual([
      { type: 'notRun', name: 'authenticate-oidc' },
      { type: 'forward', targetGroups: [{ targetGroupArn: 'a', weight: 3 }], stickinessSeconds: 9 },
    ])
    expect(
      actionsOf([{ type: 'redirect', redirect: { status_code: 'HTTP_302', query: '' } }]),
    ).toEqual([
      {
        type: 'redirect',
        protocol: '#{protocol}',
        host: '#{host}',
        port: '#{port}',
        path: '/#{path}',
        query: '',
        status: 302,
      },
    ])
  })

  it('of web ACLs', () => {
    const identity = { arn: 'acl', scope: 'CLOUDFRONT', resourceArns: [] } as const
    const references = {
      addresses: new Map([['ips', ['192.0.2.0/24']]]),
      patterns: new Map([['rx', ['^/a']]]),
      ruleGroups: new Map([
        [
          'group',
          {
            name: 'own',
            rule: {
              name: 'r',
              priority: 1,
              action: { block: {} },
              statement: { geo_match_statement: { country_codes: ['NL'] } },
            },
          },
        ],
      ]),
    }
    const synthesized = {
      name: 'site',
      default_action: {
        allow: { custom_request_handling: { insert_header: [{ name: 'A', value: '1' }] } },
      },
      custom_response_body: [{ key: 'No', content_type: 'TEXT_HTML', content: '<p>' }],
      rule: [
        {
          name: 'one',
          priority: 1,
          action: {
            block: {
              custom_response: {
                response_code: 418,
                custom_response_body_key: 'No',
                response_header: [{ name: 'X-B', value: '2' }],
              },
            },
          },
          rule_label: [{ name: 'seen' }],
          statement: {
            and_statement: {
              statement: [
                {
                  not_statement: {
                    statement: [
                      {
                        byte_match_statement: {
                          search_string: 'x',
                          positional_constraint: 'CONTAINS',
                          field_to_match: { single_header: { name: 'user-agent' } },
                          text_transformation: [
                            { priority: 2, type: 'LOWERCASE' },
                            { priority: 1, type: 'URL_DECODE' },
                          ],
                        },
                      },
                    ],
                  },
                },
                {
                  rate_based_statement: {
                    limit: 10,
                    aggregate_key_type: 'IP',
                    scope_down_statement: { ip_set_reference_statement: { arn: 'ips' } },
                  },
                },
                {
                  regex_pattern_set_reference_statement: {
                    arn: 'rx',
                    field_to_match: { uri_path: {} },
                    text_transformation: [],
                  },
                },
              ],
            },
          },
        },
        {
          name: 'two',
          priority: 2,
          override_action: { count: {} },
          statement: { rule_group_reference_statement: { arn: 'group' } },
        },
        {
          name: 'three',
          priority: 3,
          override_action: { none: {} },
          statement: { managed_rule_group_statement: { vendor_name: 'AWS', name: 'Common' } },
        },
      ],
    }
    const rule = synthesized.rule.map((each) => ({ action: null, override_action: null, ...each }))
    const aws = blockOf(asInApi({ ...synthesized, rule }))
    const fieldOf = (field_to_match: object) => {
      const statement = { byte_match_statement: { search_string: 'x', field_to_match } }
      const rule = [{ name: 'r', priority: 1, action: { block: {} }, statement }]
      return webAclOf({ name: 'x', rule }, identity, references).rules[0]?.statement
    }
    expect(fieldOf({ body: { oversize_handling: 'MATCH' } })).toMatchObject({
      field: 'body',
      oversize: 'MATCH',
    })
    const all = { match_pattern: { all: {} }, match_scope: 'ALL', oversize_handling: 'CONTINUE' }
    expect(fieldOf({ headers: all })).toMatchObject({ kind: 'byteMatch', field: 'headers' })
    expect(fieldOf({ headers: { ...all, match_scope: 'KEY' } })).toMatchObject({
      kind: 'notRun',
      name: 'inspection of a part of headers',
    })
    expect(fieldOf({ ja3_fingerprint: { fallback_behavior: 'MATCH' } })).toMatchObject({
      kind: 'notRun',
      name: 'inspection of ja3 fingerprint',
    })
    const acl = webAclOf(aws, identity, references)
    expect(webAclOf(synthesized, identity, references)).toEqual(acl)
    expect(acl).toMatchObject({
      defaultAction: { type: 'allow', insertHeaders: { a: '1' } },
      rules: [
        {
          action: {
            type: 'block',
            response: {
              status: 418,
              contentType: 'text/html',
              body: '<p>',
              headers: { 'x-b': '2' },
            },
          },
          labels: ['seen'],
          statement: {
            kind: 'and',
            statements: [
              {
                kind: 'not',
                statement: {
                  field: 'header',
                  name: 'user-agent',
                  transformations: ['URL_DECODE', 'LOWERCASE'],
                },
              },
              {
                kind: 'rate',
                key: 'IP',
                windowSeconds: 300,
                scopeDown: { kind: 'ipSet', addresses: ['192.0.2.0/24'] },
              },
              { kind: 'regex', patterns: ['^/a'] },
            ],
          },
        },
        {
          action: { type: 'count' },
          statement: { kind: 'ruleGroup', name: 'own', rules: [{ name: 'r' }] },
        },
        { action: 'none', statement: { kind: 'notRun', name: 'managed rule group AWS/Common' } },
      ],
    })
  })

  it('of distributions and their policies', () => {
    const references = {
      cachePolicy: (name: string) => cachePolicyOf({ name }),
      originRequestPolicy: (name: string) => originRequestPolicyOf({ name }),
      responseHeadersPolicy: (name: string) => responseHeadersPolicyOf({ name }),
      code: (arn: string) => (arn.endsWith('function/rewrite') ? 'code' : undefined),
    }
    const xml = blockOf(
      readXml(`<DistributionConfig><Enabled>true</Enabled><WebACLId>acl</WebACLId>
        <Aliases><Quantity>1</Quantity><Items><CNAME>Site.example</CNAME></Items></Aliases>
        <Origins><Quantity>1</Quantity><Items><Origin><Id>api</Id><DomainName>o.example</DomainName><OriginPath>/v1</OriginPath>
          <CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader><HeaderName>X-A</HeaderName><HeaderValue>1</HeaderValue></OriginCustomHeader></Items></CustomHeaders>
          <CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>8443</HTTPSPort><OriginProtocolPolicy>match-viewer</OriginProtocolPolicy><OriginReadTimeout>9</OriginReadTimeout></CustomOriginConfig></Origin></Items></Origins>
        <DefaultCacheBehavior><TargetOriginId>api</TargetOriginId><ViewerProtocolPolicy>https-only</ViewerProtocolPolicy><CachePolicyId>p</CachePolicyId>
          <AllowedMethods><Quantity>3</Quantity><Items><Method>GET</Method><Method>HEAD</Method><Method>OPTIONS</Method></Items><CachedMethods><Quantity>2</Quantity><Items><Method>GET</Method><Method>HEAD</Method></Items></CachedMethods></AllowedMethods>
          <FunctionAssociations><Quantity>1</Quantity><Items><FunctionAssociation><FunctionARN>arn:aws:cloudfront::1:function/rewrite</FunctionARN><EventType>viewer-request</EventType></FunctionAssociation></Items></FunctionAssociations></DefaultCacheBehavior>
        <CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior><PathPattern>/old/*</PathPattern><TargetOriginId>api</TargetOriginId><MinTTL>5</MinTTL><ForwardedValues><QueryString>true</QueryString></ForwardedValues></CacheBehavior></Items></CacheBehaviors>
        <CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse><ErrorCode>404</ErrorCode><ResponseCode>200</ResponseCode><ResponsePagePath>/i.html</ResponsePagePath><ErrorCachingMinTTL>7</ErrorCachingMinTTL></CustomErrorResponse></Items></CustomErrorResponses>
        <Restrictions><GeoRestriction><RestrictionType>whitelist</RestrictionType><Quantity>1</Quantity><Items><Location>NL</Location></Items></GeoRestriction></Restrictions>
        <ViewerCertificate><ACMCertificateArn>c</ACMCertificateArn></ViewerCertificate></DistributionConfig>`),
    ).distribution_config
    const synthesized = {
      enabled: true,
      web_acl_id: 'acl',
      aliases: ['Site.example'],
      origin: [
        {
          origin_id: 'api',
          domain_name: 'o.example',
          origin_path: '/v1',
          custom_header: [{ name: 'X-A', value: '1' }],
          custom_origin_config: {
            http_port: 80,
            https_port: 8443,
            origin_protocol_policy: 'match-viewer',
            origin_read_timeout: 9,
          },
        },
      ],
      default_cache_behavior: {
        target_origin_id: 'api',
        viewer_protocol_policy: 'https-only',
        cache_policy_id: 'p',
        allowed_methods: ['GET', 'HEAD', 'OPTIONS'],
        cached_methods: ['GET', 'HEAD'],
        function_association: [
          { function_arn: 'arn:aws:cloudfront::1:function/rewrite', event_type: 'viewer-request' },
        ],
      },
      ordered_cache_behavior: [
        {
          path_pattern: '/old/*',
          target_origin_id: 'api',
          min_ttl: 5,
          forwarded_values: { query_string: true },
        },
      ],
      custom_error_response: [
        {
          error_code: 404,
          response_code: 200,
          response_page_path: '/i.html',
          error_caching_min_ttl: 7,
        },
      ],
      restrictions: { geo_restriction: { restriction_type: 'whitelist', locations: ['NL'] } },
      viewer_certificate: { acm_certificate_arn: 'c' },
    }
    const identity = { id: 'E1', arn: 'arn', domainName: 'D1.cloudfront.net' }
    const found = distributionOf(xml as Record<string, unknown>, identity, references)
    expect(distributionOf(synthesized, identity, references)).toEqual(found)
    expect(found).toMatchObject({
      domainName: 'd1.cloudfront.net',
      aliases: ['site.example'],
      webAclArn: 'acl',
      geoRestriction: { type: 'whitelist', countries: ['NL'] },
      defaultBehavior: {
        cachePolicy: { name: 'p' },
        functions: [{ name: 'rewrite', event: 'viewer-request', code: 'code' }],
      },
      behaviors: [{ cachePolicy: { name: 'forwarded values', maxTtlSeconds: 0 } }],
      errorResponses: [
        { status: 404, responseStatus: 200, responsePath: '/i.html', ttlSeconds: 7 },
      ],
      origins: [
        { customHeaders: { 'x-a': '1' }, custom: { httpsPort: 8443, readTimeoutSeconds: 9 } },
      ],
    })
  })

  it('of a policy of response headers', () => {
    const xml =
      readXml(`<C><Name>n</Name><SecurityHeadersConfig><XSSProtection><Override>true</Override><Protection>true</Protection><ModeBlock>true</ModeBlock></XSSProtection>
      <StrictTransportSecurity><Override>false</Override><AccessControlMaxAgeSec>60</AccessControlMaxAgeSec></StrictTransportSecurity></SecurityHeadersConfig>
      <CorsConfig><AccessControlAllowOrigins><Quantity>1</Quantity><Items><Origin>*</Origin></Items></AccessControlAllowOrigins><OriginOverride>true</OriginOverride></CorsConfig>
      <RemoveHeadersConfig><Quantity>1</Quantity><Items><ResponseHeadersPolicyRemoveHeader><Header>Server</Header></ResponseHeadersPolicyRemoveHeader></Items></RemoveHeadersConfig></C>`)
    const synthesized = {
      name: 'n',
      security_headers_config: {
        xss_protection: { override: true, protection: true, mode_block: true },
        strict_transport_security: { override: false, access_control_max_age_sec: 60 },
      },
      cors_config: { origin_override: true },
      remove_headers_config: { items: [{ header: 'Server' }] },
    }
    const found = responseHeadersPolicyOf(blockOf(xml).c as Record<string, unknown>)
    expect(responseHeadersPolicyOf(synthesized)).toEqual(found)
    expect(found).toMatchObject({
      headers: [
        { name: 'strict-transport-security', value: 'max-age=60', override: false },
        { name: 'x-xss-protection', value: '1; mode=block', override: true },
      ],
      hasCors: true,
      remove: ['server'],
    })
  })
})

it.each([
  ['concat(local.a, ["c"], local.none)', ['a', 'b', 'c']],
  ['length(local.a) > 1 ? "many" : "few"', 'many'],
  ['length(local.none) == 0 ? 0 : 1', 0],
  ['sensitive(one(local.a))', 'a'],
  ['local.a[0].name', 'by name'],
  ['local.missing > 1 ? 1 : 2', undefined],
  ['[for a in local.a : upper(a)]', undefined],
  ['upper(local.a)', undefined],
])('evaluates %s', (expression, value) => {
  const values: Readonly<Record<string, unknown>> = {
    'local.a': ['a', 'b'],
    'local.none': [],
    'local.a.name': 'by name',
  }
  expect(evaluate(expression, (reference) => values[reference])).toEqual(value)
})
