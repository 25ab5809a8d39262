import type { EC2, SecurityGroupRule } from '@aws-sdk/client-ec2'
import type { Listener as ElbListener } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Route53 } from '@aws-sdk/client-route-53'
import { AwsCalls, type JsonService } from '../aws-call'
import { type AwsClients, awsClients, clientSettings } from '../aws-clients'
import { policyOf } from '../delivery/deployed'
import { readDeploymentGroups } from '../scaling/deployed-releases'
import {
  actionsOf,
  checkPortOf,
  conditionsOf,
  loadBalancerOf,
  targetGroupOf,
  withPairs,
} from './balancer-blocks'
import { type Block, blockOf, blocks, hostName, one, text } from './blocks'
import {
  type CdnReferences,
  cdnReferences,
  distributionOf,
  originDomains,
  policyKinds,
} from './cdn-blocks'
import type {
  Bucket,
  BucketObject,
  Certificate,
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
import { addressesOf, type FirewallReferences, patternsOf, webAclOf } from './firewall-blocks'
import { managedIds } from './managed-policies'

interface Page<Item> {
  readonly items: readonly Item[] | undefined
  /** Where the next page starts. */
  readonly next: string | null | undefined
}

async function allPages<Item>(read: (next?: string) => Promise<Page<Item>>): Promise<Item[]> {
  const all: Item[] = []
  let next: string | null | undefined
  do {
    const page = await read(next ?? undefined)
    all.push(...(page.items ?? []))
    next = page.next
  } while (next)
  return all
}

const cdn = '/2020-05-31'

/** Reads the path of requests from the AWS APIs. */
export class PathReader {
  private readonly aws: AwsClients
  private readonly calls: AwsCalls
  private last: DeployedPath | undefined
  private lazyClients: Promise<{ readonly ec2: EC2; readonly route53: Route53 }> | undefined

  constructor(private readonly url: string) {
    this.aws = awsClients(url)
    this.calls = new AwsCalls(url)
  }

  /** @param changed the services with changes since the last read. @default reads everything */
  async read(changed?: ReadonlySet<string>): Promise<DeployedPath> {
    const { last } = this
    const part = <Name extends keyof DeployedPath>(
      name: Name,
      services: readonly string[],
      read: () => Promise<DeployedPath[Name]>,
    ): Promise<DeployedPath[Name]> =>
      last === undefined || changed === undefined || services.some((each) => changed.has(each))
        ? read()
        : Promise.resolve(last[name])
    const balancing = 'elasticloadbalancing'
    const [records, distributions, loadBalancers, targetGroups, certificates, securityGroups] =
      await Promise.all([
        part('records', ['route53'], () => this.records()),
        part('distributions', ['cloudfront'], () => this.distributions()),
        part('loadBalancers', [balancing], () => this.loadBalancers()),
        part('targetGroups', [balancing, 'ecs', 'codedeploy'], () => this.targetGroups()),
        part('certificates', ['acm'], () => this.certificates()),
        part('securityGroups', ['ec2'], () => this.securityGroups()),
      ])
    this.last = {
      records,
      distributions,
      loadBalancers,
      targetGroups,
      certificates,
      securityGroups,
      webAcls: await part('webAcls', ['wafv2', balancing], () => this.webAcls(loadBalancers)),
      buckets: await part('buckets', ['s3', 'cloudfront'], () => this.buckets(distributions)),
    }
    return this.last
  }

  /** Loaded at the first read: few commands send requests. */
  private get clients() {
    this.lazyClients ??= (async () => {
      const settings = clientSettings(this.url)
      const [{ EC2 }, { Route53 }] = await Promise.all([
        import('@aws-sdk/client-ec2'),
        import('@aws-sdk/client-route-53'),
      ])
      return { ec2: new EC2(settings), route53: new Route53(settings) }
    })()
    return this.lazyClients
  }

  private async records(): Promise<DnsRecord[]> {
    const { route53 } = await this.clients
    const zones = await allPages(async (Marker) => {
      const { HostedZones, NextMarker } = await route53.listHostedZones({ Marker })
      return { items: HostedZones, next: NextMarker }
    })
    const all = zones.map(async ({ Id, Config }) => {
      const sets = await allPages(async (StartRecordName) => {
        const page = await route53.listResourceRecordSets({ HostedZoneId: Id, StartRecordName })
        return { items: page.ResourceRecordSets, next: page.NextRecordName }
      })
      return sets.flatMap(({ Name = '', Type, AliasTarget, ResourceRecords = [] }) => {
        if (Type !== 'A' && Type !== 'AAAA' && Type !== 'CNAME') return []
        const values = AliasTarget
          ? [AliasTarget.DNSName]
          : ResourceRecords.map((each) => each.Value)
        return {
          name: hostName(Name),
          type: Type,
          values: values.map((value) => hostName(value ?? '')),
          isPrivate: Config?.PrivateZone === true,
        } satisfies DnsRecord
      })
    })
    return (await Promise.all(all)).flat()
  }

  private async certificates(): Promise<Certificate[]> {
    const summaries = await this.pages(
      'acm',
      'ListCertificates',
      'CertificateSummaryList',
      {},
      'NextToken',
    )
    return Promise.all(
      summaries.map(async ({ CertificateArn }) => {
        const output = await this.calls.json('acm', 'DescribeCertificate', { CertificateArn })
        const certificate = one(output.Certificate)
        const alternatives = certificate.SubjectAlternativeNames
        const names = [certificate.DomainName, ...(Array.isArray(alternatives) ? alternatives : [])]
        return {
          arn: String(CertificateArn),
          names: [...new Set(names.map((name) => hostName(String(name))))],
          status: String(certificate.Status),
        }
      }),
    )
  }

  private async securityGroups(): Promise<SecurityGroup[]> {
    const { ec2 } = await this.clients
    const groups = await allPages(async (NextToken) => {
      const page = await ec2.describeSecurityGroups({ NextToken })
      return { items: page.SecurityGroups, next: page.NextToken }
    })
    const rules = await allPages(async (NextToken) => {
      const page = await ec2.describeSecurityGroupRules({ NextToken })
      return { items: page.SecurityGroupRules, next: page.NextToken }
    })
    const lists = await allPages(async (NextToken) => {
      const page = await ec2.describeManagedPrefixLists({ NextToken })
      return { items: page.PrefixLists, next: page.NextToken }
    })
    const listNames = new Map(lists.map((each) => [each.PrefixListId, each.PrefixListName ?? '']))
    return groups.map(({ GroupId = '', GroupName = '' }) => {
      const own = rules.filter((rule) => rule.GroupId === GroupId)
      const of = (isEgress: boolean) =>
        own
          .filter((rule) => (rule.IsEgress ?? false) === isEgress)
          .map((rule) => securityRuleOf(rule, listNames))
      return { id: GroupId, name: GroupName, ingress: of(false), egress: of(true) }
    })
  }

  private async loadBalancers(): Promise<LoadBalancer[]> {
    const { loadBalancing } = this.aws
    const all = await allPages(async (Marker) => {
      const { LoadBalancers, NextMarker } = await loadBalancing.describeLoadBalancers({ Marker })
      return { items: LoadBalancers, next: NextMarker }
    })
    return Promise.all(
      all
        .filter(({ Type }) => Type === undefined || Type === 'application')
        .map(async (balancer) => {
          const arn = balancer.LoadBalancerArn ?? ''
          const { Attributes } = await loadBalancing.describeLoadBalancerAttributes({
            LoadBalancerArn: arn,
          })
          const listeners = await allPages(async (Marker) => {
            const page = await loadBalancing.describeListeners({ LoadBalancerArn: arn, Marker })
            return { items: page.Listeners, next: page.NextMarker }
          })
          return loadBalancerOf(
            {
              arn,
              name: balancer.LoadBalancerName ?? '',
              dnsName: balancer.DNSName ?? '',
              scheme: balancer.Scheme === 'internal' ? 'internal' : 'internet-facing',
              securityGroupIds: balancer.SecurityGroups ?? [],
            },
            attributesOf(Attributes),
            await Promise.all(listeners.map((listener) => this.listener(listener))),
          )
        }),
    )
  }

  private async listener(listener: ElbListener): Promise<Listener> {
    const { loadBalancing } = this.aws
    const ListenerArn = listener.ListenerArn ?? ''
    const rules = await allPages(async (Marker) => {
      const page = await loadBalancing.describeRules({ ListenerArn, Marker })
      return { items: page.Rules, next: page.NextMarker }
    })
    const isHttps = listener.Protocol === 'HTTPS'
    const certificates = !isHttps
      ? []
      : await allPages(async (Marker) => {
          const page = await loadBalancing.describeListenerCertificates({ ListenerArn, Marker })
          return { items: page.Certificates, next: page.NextMarker }
        })
    const ordered = [...certificates].sort((a, b) => Number(b.IsDefault) - Number(a.IsDefault))
    return {
      arn: ListenerArn,
      port: listener.Port ?? 0,
      protocol: isHttps ? 'HTTPS' : 'HTTP',
      certificateArns: [...new Set(ordered.map(({ CertificateArn }) => CertificateArn ?? ''))],
      rules: rules
        .filter(({ Priority }) => Priority !== 'default')
        .map((rule) => ({
          arn: rule.RuleArn ?? '',
          priority: Number(rule.Priority),
          conditions: (rule.Conditions ?? []).flatMap((each) => conditionsOf(blockOf(each))),
          actions: actionsOf(blockOf(rule).actions),
        })),
      defaultActions: actionsOf(blockOf(listener).default_actions),
    }
  }

  private async targetGroups(): Promise<TargetGroup[]> {
    const { loadBalancing } = this.aws
    const groups = await allPages(async (Marker) => {
      const page = await loadBalancing.describeTargetGroups({ Marker })
      return { items: page.TargetGroups, next: page.NextMarker }
    })
    const securityGroups = await this.securityGroupsOfTargets()
    const all = await Promise.all(
      groups.map(async (group) => {
        const arn = group.TargetGroupArn ?? ''
        const { Attributes } = await loadBalancing.describeTargetGroupAttributes({
          TargetGroupArn: arn,
        })
        return targetGroupOf({
          arn,
          name: group.TargetGroupName ?? '',
          protocol: group.Protocol,
          protocolVersion: group.ProtocolVersion,
          port: group.Port ?? 0,
          targetType: group.TargetType,
          healthCheck: {
            isEnabled: group.HealthCheckEnabled ?? true,
            protocol: group.HealthCheckProtocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
            port: checkPortOf(group.HealthCheckPort),
            path: group.HealthCheckPath,
            matcher: group.Matcher?.HttpCode ?? group.Matcher?.GrpcCode,
            healthyThreshold: group.HealthyThresholdCount,
            unhealthyThreshold: group.UnhealthyThresholdCount,
            intervalSeconds: group.HealthCheckIntervalSeconds,
            timeoutSeconds: group.HealthCheckTimeoutSeconds,
          },
          attributes: attributesOf(Attributes),
          targetSecurityGroupIds: securityGroups.get(arn),
        })
      }),
    )
    return withPairs(all, await this.targetGroupPairs())
  }

  /** The names of the two target groups of each release by CodeDeploy. */
  private async targetGroupPairs(): Promise<string[][]> {
    const groups = await readDeploymentGroups(this.calls)
    return groups.flatMap(({ loadBalancerInfo }) =>
      (loadBalancerInfo?.targetGroupPairInfoList ?? []).map(({ targetGroups = [] }) =>
        targetGroups.flatMap(({ name }) => name ?? []),
      ),
    )
  }

  /** The security groups of the services that register targets, by target group. */
  private async securityGroupsOfTargets(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { ecs } = this.aws
    const clusters = await allPages(async (nextToken) => {
      const page = await ecs.listClusters({ nextToken })
      return { items: page.clusterArns, next: page.nextToken }
    })
    const groups = new Map<string, readonly string[]>()
    for (const cluster of clusters) {
      const arns = await allPages(async (nextToken) => {
        const page = await ecs.listServices({ cluster, nextToken })
        return { items: page.serviceArns, next: page.nextToken }
      })
      for (let start = 0; start < arns.length; start += 10) {
        const names = arns.slice(start, start + 10)
        const { services = [] } = await ecs.describeServices({ cluster, services: names })
        for (const { networkConfiguration, loadBalancers = [] } of services) {
          const own = networkConfiguration?.awsvpcConfiguration?.securityGroups
          if (own === undefined) continue
          for (const { targetGroupArn = '' } of loadBalancers) groups.set(targetGroupArn, own)
        }
      }
    }
    return groups
  }

  private async webAcls(loadBalancers: readonly LoadBalancer[]): Promise<WebAcl[]> {
    const protectedBy = new Map<string, string[]>()
    for (const { arn } of loadBalancers) {
      const { WebACL } = await this.calls.json('wafv2', 'GetWebACLForResource', {
        ResourceArn: arn,
      })
      const aclArn = String(one(WebACL).ARN)
      protectedBy.set(aclArn, [...(protectedBy.get(aclArn) ?? []), arn])
    }
    const references = await this.firewallReferences()
    const scopes = ['CLOUDFRONT', 'REGIONAL'] as const
    const all = scopes.map(async (Scope) => {
      const found = await this.firewallResources('WebACL', Scope)
      return found.map((acl) => {
        const arn = String(acl.arn)
        const resourceArns = protectedBy.get(arn) ?? []
        return webAclOf(acl, { arn, scope: Scope, resourceArns }, references)
      })
    })
    return (await Promise.all(all)).flat()
  }

  private async firewallReferences(): Promise<FirewallReferences> {
    const of = async (kind: 'IPSet' | 'RegexPatternSet' | 'RuleGroup') => {
      const scopes = ['CLOUDFRONT', 'REGIONAL'] as const
      return (await Promise.all(scopes.map((Scope) => this.firewallResources(kind, Scope)))).flat()
    }
    const [addresses, patterns, groups] = [
      await of('IPSet'),
      await of('RegexPatternSet'),
      await of('RuleGroup'),
    ]
    return {
      addresses: new Map(addresses.map((set) => [String(set.arn), addressesOf(set)])),
      patterns: new Map(patterns.map((set) => [String(set.arn), patternsOf(set)])),
      ruleGroups: new Map(groups.map((group) => [String(group.arn), group])),
    }
  }

  private async firewallResources(
    kind: 'WebACL' | 'IPSet' | 'RegexPatternSet' | 'RuleGroup',
    Scope: WebAcl['scope'],
  ): Promise<Block[]> {
    const list = `${kind}s`
    const summaries = await this.pages('wafv2', `List${list}`, list, { Scope }, 'NextMarker')
    return Promise.all(
      summaries.map(async ({ Name, Id }) => {
        const output = await this.calls.json('wafv2', `Get${kind}`, { Name, Id, Scope })
        const bodies = Object.entries(one(one(output[kind]).CustomResponseBodies))
        return blockOf({
          ...one(withDecodedText(output[kind])),
          CustomResponseBodies: bodies.map(([Key, body]) => ({ Key, ...one(body) })),
        })
      }),
    )
  }

  private async pages(
    service: JsonService,
    operation: string,
    list: string,
    input: object,
    marker: 'NextMarker' | 'NextToken',
  ): Promise<Block[]> {
    return allPages(async (next) => {
      const output = await this.calls.json(service, operation, {
        ...input,
        ...(next && { [marker]: next }),
      })
      return { items: blocks(output[list]), next: text(output[marker]) }
    })
  }

  private async distributions(): Promise<Distribution[]> {
    const ids = await allPages(async (marker) => {
      const query = marker === undefined ? '' : `?Marker=${encodeURIComponent(marker)}`
      const { document } = await this.calls.rest('cloudfront', 'GET', `${cdn}/distribution${query}`)
      const page = one(blockOf(document).distribution_list)
      return { items: blocks(page).map(({ id }) => String(id)), next: text(page.next_marker) }
    })
    const found = await Promise.all(
      ids.map(async (id) => {
        const path = `${cdn}/distribution/${id}`
        const { document } = await this.calls.rest('cloudfront', 'GET', path)
        return one(blockOf(document).distribution)
      }),
    )
    const references = await this.cdnReferences(found.map((each) => one(each.distribution_config)))
    return found.map((each) =>
      distributionOf(
        one(each.distribution_config),
        { id: String(each.id), arn: String(each.arn), domainName: String(each.domain_name) },
        references,
      ),
    )
  }

  private async cdnReferences(configs: readonly Block[]): Promise<CdnReferences> {
    const behaviors = configs.flatMap(({ default_cache_behavior, cache_behaviors }) => [
      one(default_cache_behavior),
      ...blocks(cache_behaviors),
    ])
    const found = new Map<string, Block>()
    for (const kind of policyKinds) {
      for (const id of new Set(behaviors.flatMap((each) => text(each[`${kind}_id`]) ?? []))) {
        if (managedIds.has(id)) continue
        const path = `${cdn}/${kind.replaceAll('_', '-')}/${id}`
        const { document } = await this.calls.rest('cloudfront', 'GET', path)
        found.set(id, one(one(blockOf(document)[kind])[`${kind}_config`]))
      }
    }
    return cdnReferences(found, await this.codeOfFunctions(behaviors))
  }

  private async codeOfFunctions(behaviors: readonly Block[]): Promise<ReadonlyMap<string, string>> {
    const arns = new Set(
      behaviors.flatMap((each) =>
        blocks(each.function_associations).map(({ function_arn }) => String(function_arn)),
      ),
    )
    const code = new Map<string, string>()
    for (const arn of arns) {
      const name = arn.split('function/').at(-1)
      const path = `${cdn}/function/${name}?Stage=LIVE`
      code.set(arn, await this.calls.restText('cloudfront', path))
    }
    return code
  }

  /** The buckets that distributions have as their origins. */
  private async buckets(distributions: readonly Distribution[]): Promise<Bucket[]> {
    const names = originDomains(distributions).flatMap(
      (domain) => /^(.+)\.s3[.-]/.exec(domain)?.[1] ?? [],
    )
    const { Buckets = [] } = await this.aws.s3.listBuckets({})
    const existing = new Set(Buckets.map(({ Name }) => Name))
    return Promise.all(
      [...new Set(names)].filter((name) => existing.has(name)).map((name) => this.bucket(name)),
    )
  }

  private async bucket(name: string): Promise<Bucket> {
    const { s3 } = this.aws
    const keys = await allPages(async (ContinuationToken) => {
      const page = await s3.listObjectsV2({ Bucket: name, ContinuationToken })
      const items = (page.Contents ?? []).flatMap(({ Key }) => Key ?? [])
      return { items, next: page.NextContinuationToken }
    })
    const objects = new Map<string, BucketObject>()
    for (const Key of keys) objects.set(Key, await this.object(name, Key))
    const policy = await s3.getBucketPolicy({ Bucket: name }).then(
      ({ Policy }) => policyOf(Policy),
      (error: Error) => {
        if (error.name === 'NoSuchBucketPolicy') return undefined
        throw error
      },
    )
    return { name, policy, objects }
  }

  private async object(Bucket: string, Key: string): Promise<BucketObject> {
    const output = await this.aws.s3.getObject({ Bucket, Key })
    const headers = {
      'content-type': output.ContentType ?? 'binary/octet-stream',
      'cache-control': output.CacheControl,
      'content-encoding': output.ContentEncoding,
      etag: output.ETag,
      'last-modified': output.LastModified?.toUTCString(),
    }
    return {
      body: Buffer.from((await output.Body?.transformToByteArray()) ?? []),
      headers: Object.fromEntries(
        Object.entries(headers).flatMap(([key, value]) => (value ? [[key, value]] : [])),
      ),
    }
  }
}

function attributesOf(
  attributes: readonly { readonly Key?: string; readonly Value?: string }[] = [],
): Record<string, string> {
  return Object.fromEntries(attributes.map(({ Key = '', Value = '' }) => [Key, Value]))
}

function securityRuleOf(
  rule: SecurityGroupRule,
  listNames: ReadonlyMap<string | undefined, string>,
): SecurityRule {
  const isEveryPort = rule.IpProtocol === '-1' || rule.FromPort === -1
  return {
    protocol: rule.IpProtocol ?? '-1',
    fromPort: isEveryPort ? undefined : rule.FromPort,
    toPort: isEveryPort ? undefined : rule.ToPort,
    cidrs: [rule.CidrIpv4, rule.CidrIpv6].flatMap((cidr) => cidr ?? []),
    groupIds: [rule.ReferencedGroupInfo?.GroupId].flatMap((id) => id ?? []),
    prefixLists: [rule.PrefixListId].flatMap((id) => (id ? (listNames.get(id) ?? id) : [])),
  }
}

/** WAF encodes the text that a statement searches for. */
function withDecodedText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDecodedText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'SearchString'
        ? Buffer.from(String(item), 'base64').toString()
        : withDecodedText(item),
    ]),
  )
}
