import { arnOf, attributeOf, type Block } from '../delivery/attributes'
import { policyOf } from '../delivery/deployed'
import {
  type Attributes,
  actionsOf,
  checkPortOf,
  conditionsOf,
  loadBalancerOf,
  targetGroupOf,
  withPairs,
} from './balancer-blocks'
import { blocks, has, hostName, isTrue, number, one, text, texts } from './blocks'
import { cdnReferences, distributionOf, originDomains, policyKinds } from './cdn-blocks'
import type {
  Bucket,
  DeployedPath,
  Distribution,
  DnsRecord,
  Listener,
  LoadBalancer,
  SecurityGroup,
  SecurityRule,
  TargetGroup,
  WebAcl,
} from './deployed-path'
import { addressesOf, patternsOf, webAclOf } from './firewall-blocks'

/** The resources of a type, with references replaced. */
type Resources = (type: string) => readonly Block[]

/** The path of requests as synthesized, with names in place of the ids that AWS assigns. */
export function synthesizedPath(resources: Resources): DeployedPath {
  const distributions = distributionsIn(resources)
  return {
    records: recordsIn(resources),
    distributions,
    webAcls: webAclsIn(resources),
    loadBalancers: loadBalancersIn(resources),
    targetGroups: targetGroupsIn(resources),
    certificates: resources('aws_acm_certificate').map((each) => {
      const names = [each.domain_name, ...texts(each.subject_alternative_names)]
      return {
        arn: arnOf('aws_acm_certificate', each),
        names: [...new Set(names.map((name) => hostName(String(name))))],
        status: 'ISSUED',
      }
    }),
    securityGroups: securityGroupsIn(resources),
    buckets: bucketsIn(resources, distributions),
  }
}

function recordsIn(resources: Resources): DnsRecord[] {
  const privateZones = resources('aws_route53_zone')
    .filter(({ vpc }) => has(vpc))
    .map(({ name }) => String(name))
  return resources('aws_route53_record').flatMap((record) => {
    const { type } = record
    const name = hostName(String(record.name))
    // The names that prove a certificate are known after its creation.
    if ((type !== 'A' && type !== 'AAAA' && type !== 'CNAME') || name.startsWith('${')) return []
    const values = has(record.alias) ? [String(one(record.alias).name)] : texts(record.records)
    return {
      name,
      type,
      values: values.map(hostName),
      isPrivate: privateZones.includes(String(record.zone_id)),
    }
  })
}

function distributionsIn(resources: Resources): Distribution[] {
  const type = 'aws_cloudfront_distribution'
  const configs = policyKinds.flatMap((kind) => {
    const policyType = `aws_cloudfront_${kind}`
    return resources(policyType).map((each) => [idOf(policyType, each), each] as const)
  })
  const functionType = 'aws_cloudfront_function'
  const code = resources(functionType).map(
    (each) => [arnOf(functionType, each), String(each.code)] as const,
  )
  const references = cdnReferences(new Map(configs), new Map(code))
  return resources(type).map((each) => {
    const domainName = attributeOf(type, each, 'domain_name')
    return distributionOf(
      each,
      { id: idOf(type, each), arn: arnOf(type, each), domainName },
      references,
    )
  })
}

function webAclsIn(resources: Resources): WebAcl[] {
  const type = 'aws_wafv2_web_acl'
  const byArn = <Value>(kind: string, read: (each: Block) => Value) =>
    new Map(resources(kind).map((each) => [arnOf(kind, each), read(each)]))
  const references = {
    addresses: byArn('aws_wafv2_ip_set', addressesOf),
    patterns: byArn('aws_wafv2_regex_pattern_set', patternsOf),
    ruleGroups: byArn('aws_wafv2_rule_group', (group) => group),
  }
  const associations = resources('aws_wafv2_web_acl_association')
  return resources(type).map((acl) => {
    const arn = arnOf(type, acl)
    return webAclOf(
      acl,
      {
        arn,
        scope: acl.scope === 'CLOUDFRONT' ? 'CLOUDFRONT' : 'REGIONAL',
        resourceArns: associations
          .filter(({ web_acl_arn }) => web_acl_arn === arn)
          .map(({ resource_arn }) => String(resource_arn)),
      },
      references,
    )
  })
}

function loadBalancersIn(resources: Resources): LoadBalancer[] {
  const listeners = resources('aws_lb_listener')
  return resources('aws_lb')
    .filter(({ load_balancer_type: type = 'application' }) => type === 'application')
    .map((balancer) => {
      const arn = arnOf('aws_lb', balancer)
      return loadBalancerOf(
        {
          arn,
          name: String(balancer.name),
          dnsName: attributeOf('aws_lb', balancer, 'dns_name'),
          scheme: isTrue(balancer.internal) ? 'internal' : 'internet-facing',
          securityGroupIds: texts(balancer.security_groups),
        },
        attributesOf({
          'routing.http.drop_invalid_header_fields.enabled': balancer.drop_invalid_header_fields,
          'idle_timeout.timeout_seconds': balancer.idle_timeout,
          'routing.http.xff_header_processing.mode': balancer.xff_header_processing_mode,
        }),
        listeners
          .filter((each) => each.load_balancer_arn === arn)
          .map((each) => listenerOf(each, resources)),
      )
    })
}

function listenerOf(listener: Block, resources: Resources): Listener {
  const arn = arnOf('aws_lb_listener', listener)
  const isHttps = listener.protocol === 'HTTPS'
  const others = resources('aws_lb_listener_certificate').filter(
    (each) => each.listener_arn === arn,
  )
  const certificates = [listener, ...others].flatMap((each) => text(each.certificate_arn) ?? [])
  return {
    arn,
    port: number(listener.port, 80),
    protocol: isHttps ? 'HTTPS' : 'HTTP',
    certificateArns: isHttps ? certificates : [],
    rules: resources('aws_lb_listener_rule')
      .filter((each) => each.listener_arn === arn)
      .map((rule) => ({
        arn: arnOf('aws_lb_listener_rule', rule),
        priority: number(rule.priority, 50_000),
        conditions: blocks(rule.condition).flatMap(conditionsOf),
        actions: actionsOf(rule.action),
      })),
    defaultActions: actionsOf(listener.default_action),
  }
}

function targetGroupsIn(resources: Resources): TargetGroup[] {
  const type = 'aws_lb_target_group'
  const securityGroups = new Map(
    resources('aws_ecs_service').flatMap((service) => {
      const own = one(service.network_configuration).security_groups
      return own === undefined
        ? []
        : blocks(service.load_balancer).map(
            (each) => [String(each.target_group_arn), texts(own)] as const,
          )
    }),
  )
  const groups = resources(type).map((group) => {
    const check = one(group.health_check)
    const stickiness = one(group.stickiness)
    const kind = String(stickiness.type)
    return targetGroupOf({
      arn: arnOf(type, group),
      name: String(group.name),
      protocol: text(group.protocol),
      protocolVersion: text(group.protocol_version),
      port: number(group.port, 80),
      targetType: text(group.target_type),
      healthCheck: {
        isEnabled: String(check.enabled) !== 'false',
        port: checkPortOf(check.port),
        // The provider's own defaults differ from those of the API.
        healthyThreshold: number(check.healthy_threshold, 3),
        unhealthyThreshold: number(check.unhealthy_threshold, 3),
        intervalSeconds: number(check.interval, 30),
        timeoutSeconds: number(check.timeout, 5),
        protocol: check.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
        path: text(check.path),
        matcher: text(check.matcher),
      },
      attributes: attributesOf({
        'deregistration_delay.timeout_seconds': group.deregistration_delay,
        'slow_start.duration_seconds': group.slow_start,
        'load_balancing.algorithm.type': group.load_balancing_algorithm_type,
        'stickiness.enabled': has(group.stickiness) && String(stickiness.enabled) !== 'false',
        'stickiness.type': stickiness.type,
        'stickiness.app_cookie.cookie_name': stickiness.cookie_name,
        [`stickiness.${kind}.duration_seconds`]: stickiness.cookie_duration,
      }),
      targetSecurityGroupIds: securityGroups.get(arnOf(type, group)),
    })
  })
  const pairs = resources('aws_codedeploy_deployment_group').flatMap((each) =>
    blocks(one(each.load_balancer_info).target_group_pair_info).map((pair) =>
      blocks(pair.target_group).map(({ name }) => String(name)),
    ),
  )
  return withPairs(groups, pairs)
}

function attributesOf(values: Readonly<Record<string, unknown>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      text(value) === undefined ? [] : [[key, String(value)]],
    ),
  )
}

function securityGroupsIn(resources: Resources): SecurityGroup[] {
  const separate = (direction: 'ingress' | 'egress') => [
    ...resources(`aws_vpc_security_group_${direction}_rule`),
    ...resources('aws_security_group_rule').filter(({ type }) => type === direction),
  ]
  const rules = { ingress: separate('ingress'), egress: separate('egress') }
  return resources('aws_security_group').map((group) => {
    const id = idOf('aws_security_group', group)
    const own = (direction: 'ingress' | 'egress') =>
      [
        ...blocks(group[direction]),
        ...rules[direction].filter(({ security_group_id }) => security_group_id === id),
      ].map((rule) => securityRuleOf(rule, id))
    return { id, name: String(group.name), ingress: own('ingress'), egress: own('egress') }
  })
}

function securityRuleOf(rule: Block, groupId: string): SecurityRule {
  const protocol = String(rule.ip_protocol ?? rule.protocol)
  const isEveryPort = protocol === '-1' || rule.from_port === undefined
  const peers = rule.referenced_security_group_id ?? rule.source_security_group_id
  return {
    protocol,
    fromPort: isEveryPort ? undefined : Number(rule.from_port),
    toPort: isEveryPort ? undefined : number(rule.to_port, Number(rule.from_port)),
    cidrs: [rule.cidr_ipv4, rule.cidr_ipv6]
      .flatMap((each) => text(each) ?? [])
      .concat(texts(rule.cidr_blocks), texts(rule.ipv6_cidr_blocks)),
    groupIds: [
      ...(text(peers) ? [String(peers)] : []),
      ...texts(rule.security_groups),
      ...(isTrue(rule.self) ? [groupId] : []),
    ],
    prefixLists: [
      ...(text(rule.prefix_list_id) ? [String(rule.prefix_list_id)] : []),
      ...texts(rule.prefix_list_ids),
    ],
  }
}

/** The buckets that distributions have as their origins. Nothing is uploaded yet. */
function bucketsIn(resources: Resources, distributions: readonly Distribution[]): Bucket[] {
  const domains = originDomains(distributions)
  return resources('aws_s3_bucket')
    .map((bucket) => String(bucket.bucket))
    .filter((name) => domains.some((domain) => domain.startsWith(`${name}.s3.`)))
    .map((name) => {
      const found = resources('aws_s3_bucket_policy').find(({ bucket }) => bucket === name)
      return { name, policy: found && policyOf(found.policy), objects: new Map() }
    })
}

function idOf(type: string, block: Block): string {
  return attributeOf(type, block, 'id')
}
