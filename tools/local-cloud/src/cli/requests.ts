import type { Rule, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsCalls } from '../aws-call'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { elementsNamed, writeXml, type XmlElement } from '../gateway/xml'
import type { LocalCloud } from '../local-cloud'
import { blockOf, blocks, one, text } from '../path/blocks'
import { startEdge } from '../path/edge-server'
import { outsideCdn } from '../path/outside-cdn'
import { ec2Client } from './leftover-resources'

type Cloud = Pick<LocalCloud, 'aws' | 'url' | 'startSimulation' | 'stopSimulation'>
type Restore = () => Promise<unknown>

/** A fault in the path of requests. */
interface PathFault {
  readonly what: string
  /** The status of the response, and a text in it. */
  readonly answer: readonly [number, RegExp]
  /** The problem that the console names. */
  readonly problem: RegExp
  /** It changes a distribution or its web ACL. */
  readonly isInCdn?: true
  /** Injects the fault by calls of AWS, and returns a function that restores the part. */
  inject(aws: FaultyAws): Promise<Restore>
}

const balancerName = 'tideway-local-external'
const site = 'local.tideway.example'

/** The calls that faults are made of. */
class FaultyAws {
  readonly calls: AwsCalls

  constructor(readonly cloud: Cloud) {
    this.calls = new AwsCalls(cloud.url)
  }

  get balancing() {
    return this.cloud.aws.loadBalancing
  }

  async balancer() {
    const { balancing } = this
    const { LoadBalancers = [] } = await balancing.describeLoadBalancers({ Names: [balancerName] })
    const [{ LoadBalancerArn, SecurityGroups = [] } = {}] = LoadBalancers
    const { Listeners = [] } = await balancing.describeListeners({ LoadBalancerArn })
    return { groups: SecurityGroups, listener: Listeners.find(({ Port }) => Port === 443) }
  }

  /** The last rule, which forwards what no other one takes. */
  async lastRule(): Promise<Rule> {
    const { listener } = await this.balancer()
    const { Rules = [] } = await this.balancing.describeRules({
      ListenerArn: listener?.ListenerArn,
    })
    const [last] = Rules.filter(({ IsDefault }) => !IsDefault).sort(
      (a, b) => Number(b.Priority) - Number(a.Priority),
    )
    if (last === undefined) throw new Error(`the listener of ${balancerName} has no rule`)
    return last
  }

  /** Changes the conditions of the last rule. */
  async changeConditions(edit: (condition: RuleCondition) => RuleCondition): Promise<Restore> {
    const { RuleArn, Conditions = [] } = await this.lastRule()
    const put = (all: readonly RuleCondition[]) =>
      this.balancing.modifyRule({ RuleArn, Conditions: all.map(written) })
    await put(Conditions.map(edit))
    return () => put(Conditions)
  }

  /** Changes a distribution, by the configuration that it has. */
  async changeDistribution(edit: (config: XmlElement) => void): Promise<Restore> {
    const path = '/2020-05-31/distribution'
    const { document: list } = await this.calls.rest('cloudfront', 'GET', path)
    const found = blocks(one(blockOf(list).distribution_list)).map(({ id }) => String(id))
    for (const id of found) {
      const { document } = await this.calls.rest('cloudfront', 'GET', `${path}/${id}/config`)
      const [before] = elementsNamed(document, 'DistributionConfig')
      if (before === undefined || !JSON.stringify(before.Aliases).includes(`"${site}"`)) continue
      const put = async (config: XmlElement) => {
        const { etag } = await this.calls.rest('cloudfront', 'GET', `${path}/${id}/config`)
        const body = writeXml({ DistributionConfig: config })
        await this.calls.rest('cloudfront', 'PUT', `${path}/${id}/config`, { body, ifMatch: etag })
      }
      const after = structuredClone(before)
      edit(after)
      await put(after)
      return () => put(before)
    }
    throw new Error(`no distribution has the alias ${site}`)
  }

  /** Revokes the rules of the security groups on a port. */
  async revokeIngress(groups: readonly string[], port: number): Promise<Restore> {
    const ec2 = await ec2Client(this.cloud.url)
    const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({})
    const revoked = SecurityGroupRules.filter(
      ({ GroupId = '', IsEgress, FromPort }) =>
        groups.includes(GroupId) && !IsEgress && FromPort === port,
    )
    const permissionOf = (rule: (typeof revoked)[number]) => {
      const { GroupId, IpProtocol, FromPort, ToPort, Description, PrefixListId } = rule
      const peer = rule.ReferencedGroupInfo
      return {
        GroupId,
        IpPermissions: [
          {
            IpProtocol,
            FromPort,
            ToPort,
            ...(PrefixListId && { PrefixListIds: [{ PrefixListId, Description }] }),
            ...(peer && { UserIdGroupPairs: [{ GroupId: peer.GroupId, Description }] }),
          },
        ],
      }
    }
    for (const rule of revoked) await ec2.revokeSecurityGroupIngress(permissionOf(rule))
    return async () => {
      for (const rule of revoked) await ec2.authorizeSecurityGroupIngress(permissionOf(rule))
    }
  }

  /** Changes the web ACL of the distributions. */
  async changeAcl(edit: (acl: Readonly<Record<string, unknown>>) => object): Promise<Restore> {
    const Scope = 'CLOUDFRONT'
    const { WebACLs } = await this.calls.json('wafv2', 'ListWebACLs', { Scope })
    const { Name, Id } = one(WebACLs)
    const read = async () => {
      const output = await this.calls.json('wafv2', 'GetWebACL', { Name, Id, Scope })
      return { acl: one(output.WebACL), LockToken: output.LockToken }
    }
    const { acl: before } = await read()
    const { DefaultAction, VisibilityConfig, Rules, Description } = before
    const own = { Name, Id, Scope, DefaultAction, VisibilityConfig, Rules, Description }
    const put = async (changes: object) => {
      const { LockToken } = await read()
      await this.calls.json('wafv2', 'UpdateWebACL', { ...own, ...changes, LockToken })
    }
    await put(edit(before))
    return () => put({})
  }
}

const pathFaults: readonly PathFault[] = [
  {
    what: 'a listener rule with another path',
    answer: [403, /Forbidden/],
    problem: /listener 443 of tideway-local-external/,
    inject: (aws) =>
      aws.changeConditions((each) =>
        each.Field === 'path-pattern'
          ? { Field: each.Field, PathPatternConfig: { Values: ['/another'] } }
          : each,
      ),
  },
  {
    what: 'a listener rule that expects another secret',
    answer: [403, /Forbidden/],
    problem: /x-tideway-origin/,
    inject: (aws) =>
      aws.changeConditions(({ HttpHeaderConfig: header, ...each }) => ({
        ...each,
        ...(header && { HttpHeaderConfig: { ...header, Values: ['another'] } }),
      })),
  },
  {
    what: 'an origin without its secret header',
    answer: [403, /Forbidden/],
    problem: /x-tideway-origin/,
    isInCdn: true,
    inject: (aws) =>
      aws.changeDistribution((config) => {
        for (const each of elementsNamed(config, 'Origin')) each.CustomHeaders = { Quantity: 0 }
      }),
  },
  {
    what: 'a behavior that sends everything to the bucket',
    answer: [403, /AccessDenied/],
    problem: /bucket|assets/,
    isInCdn: true,
    inject: (aws) =>
      aws.changeDistribution((config) => {
        for (const behavior of elementsNamed(config, 'DefaultCacheBehavior')) {
          behavior.TargetOriginId = 'assets'
        }
      }),
  },
  {
    what: 'a distribution without its alias',
    answer: [403, /./],
    problem: /no distribution has the alias/,
    isInCdn: true,
    inject: (aws) =>
      aws.changeDistribution((config) => {
        config.Aliases = { Quantity: 0 }
      }),
  },
  {
    what: 'a disabled distribution',
    answer: [403, /./],
    problem: /disabled/,
    isInCdn: true,
    inject: (aws) =>
      aws.changeDistribution((config) => {
        config.Enabled = 'false'
      }),
  },
  {
    what: 'a web ACL that blocks by default',
    answer: [403, /./],
    problem: /web ACL tideway-local-cdn/,
    isInCdn: true,
    inject: (aws) => aws.changeAcl(() => ({ DefaultAction: { Block: {} } })),
  },
  {
    what: 'a rule of the web ACL that blocks the path',
    answer: [418, /no tea/],
    problem: /web ACL tideway-local-cdn/,
    isInCdn: true,
    inject: (aws) =>
      aws.changeAcl(({ VisibilityConfig, Rules }) => ({
        CustomResponseBodies: { tea: { ContentType: 'TEXT_PLAIN', Content: 'no tea' } },
        Rules: [
          ...(Array.isArray(Rules) ? Rules : []),
          {
            Name: 'tea',
            Priority: 50,
            Action: {
              Block: { CustomResponse: { ResponseCode: 418, CustomResponseBodyKey: 'tea' } },
            },
            VisibilityConfig,
            Statement: {
              ByteMatchStatement: {
                SearchString: Buffer.from('/').toString('base64'),
                FieldToMatch: { UriPath: {} },
                PositionalConstraint: 'STARTS_WITH',
                TextTransformations: [{ Priority: 0, Type: 'NONE' }],
              },
            },
          },
        ],
      })),
  },
  {
    what: 'no security group rule from the load balancer to the tasks',
    answer: [504, /./],
    problem: /security groups of the targets of tideway-local-external/,
    async inject(aws) {
      const { Actions } = await aws.lastRule()
      const arn = text(blocks(blockOf({ Actions }).actions)[0]?.target_group_arn)
      return aws.revokeIngress(await groupsOfTargets(aws.cloud, arn), 8080)
    },
  },
  {
    what: 'no security group rule from CloudFront to the load balancer',
    answer: [504, /./],
    problem: /security groups of tideway-local-external/,
    async inject(aws) {
      const { groups } = await aws.balancer()
      return aws.revokeIngress(groups, 443)
    },
  },
  {
    what: 'a certificate for another name',
    answer: [502, /./],
    problem: /certificate/,
    async inject(aws) {
      const { listener } = await aws.balancer()
      const { CertificateSummaryList } = await aws.calls.json('acm', 'ListCertificates')
      const other = blocks(CertificateSummaryList).find(
        ({ DomainName }) => DomainName === '*.internal.local.tideway.example',
      )
      const modify = (CertificateArn: unknown) =>
        aws.balancing.modifyListener({
          ListenerArn: listener?.ListenerArn,
          Certificates: [{ CertificateArn: String(CertificateArn) }],
        })
      await modify(other?.CertificateArn)
      return () => modify(listener?.Certificates?.[0]?.CertificateArn)
    },
  },
  {
    what: 'a listener on another port',
    answer: [502, /./],
    problem: /443/,
    async inject(aws) {
      const { listener } = await aws.balancer()
      const modify = (Port: number) =>
        aws.balancing.modifyListener({ ListenerArn: listener?.ListenerArn, Port })
      await modify(8443)
      return () => modify(443)
    },
  },
  {
    what: 'a rule that forwards to a group without targets',
    answer: [503, /./],
    problem: /tideway-local-api-green/,
    async inject(aws) {
      const { RuleArn, Actions = [] } = await aws.lastRule()
      const { TargetGroups = [] } = await aws.balancing.describeTargetGroups({
        Names: ['tideway-local-api-green'],
      })
      const TargetGroupArn = TargetGroups[0]?.TargetGroupArn
      await aws.balancing.modifyRule({ RuleArn, Actions: [{ Type: 'forward', TargetGroupArn }] })
      return () => aws.balancing.modifyRule({ RuleArn, Actions })
    },
  },
]

/** A condition as ModifyRule takes it: not in both forms. */
function written({ Values, ...condition }: RuleCondition) {
  return Object.keys(condition).length > 1 ? condition : { ...condition, Values }
}

/** The security groups of the services behind a target group. */
async function groupsOfTargets({ aws: { ecs } }: Cloud, targetGroupArn: string | undefined) {
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns = [] } = await ecs.listServices({ cluster, maxResults: 100 })
  const groups: string[] = []
  for (let start = 0; start < serviceArns.length; start += 10) {
    const page = { cluster, services: serviceArns.slice(start, start + 10) }
    const { services = [] } = await ecs.describeServices(page)
    for (const { loadBalancers = [], networkConfiguration } of services) {
      if (!loadBalancers.some((each) => each.targetGroupArn === targetGroupArn)) continue
      groups.push(...(networkConfiguration?.awsvpcConfiguration?.securityGroups ?? []))
    }
  }
  if (groups.length === 0) throw new Error(`no service of ${cluster} is behind ${targetGroupArn}`)
  return groups
}

/** Sends requests through what is deployed, then with each fault. Returns what is not as in AWS. */
export async function requestProblems(cloud: Cloud): Promise<string[]> {
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const edge = await startEdge(() => simulation)
  const problems: string[] = []
  try {
    await simulation.run(30)
    const healthy = async (when: string) => {
      const { status, rule } = await send(edge.url)
      if (status !== 200) problems.push(`${when}: status ${status} of ${rule}; it must be 200`)
    }
    await healthy('as deployed')
    const aws = new FaultyAws(cloud)
    const { distributions = [] } = simulation.requests?.path.deployed ?? {}
    const hasCdn = !distributions.some(({ domainName }) => domainName === outsideCdn)
    for (const fault of pathFaults.filter(({ isInCdn }) => hasCdn || !isInCdn)) {
      const restore = await fault.inject(aws)
      try {
        problems.push(...(await wrongAnswers(fault, edge.url, simulation)))
      } finally {
        await restore()
      }
      await healthy(`after ${fault.what}`)
    }
  } finally {
    await edge.close()
    cloud.stopSimulation()
  }
  return problems
}

async function wrongAnswers(
  { what, answer: [expected, body], problem }: PathFault,
  url: string,
  { problems }: DroughtSimulation,
): Promise<string[]> {
  const counts = new Map(problems.all.map((each) => [each, each.count]))
  const { status, content } = await send(url)
  const added = problems.all
    .filter((each) => each.count > (counts.get(each) ?? 0))
    .map(({ part, message }) => `${part}: ${message}`)
  const wrong: string[] = []
  if (status !== expected || !body.test(content)) {
    const got = `status ${status} with ${content.slice(0, 200)}`
    wrong.push(`${what}: ${got}; it must be ${expected} with ${body}`)
  }
  if (!added.some((each) => problem.test(each))) {
    wrong.push(`${what}: none of these problems matches ${problem}: ${added.join('; ')}`)
  }
  return wrong
}

let sent = 0

/** Each request has a path of its own, because CloudFront keeps failed responses for some seconds. */
async function send(url: string) {
  const response = await fetch(`${url}/no-file-${sent++}`)
  return {
    status: response.status,
    rule: response.headers.get('x-tideway-rule'),
    content: await response.text(),
  }
}
