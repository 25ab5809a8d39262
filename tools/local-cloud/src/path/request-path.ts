import { Random } from '@tideway/spot-simulator'
import { DistributionPath } from './cloudfront'
import type { Certificate, DeployedPath, WeightedTargetGroup } from './deployed-path'
import { EdgeCache } from './edge-cache'
import { Firewall } from './firewall'
import { type HealthCheckFailure, timedOut } from './health'
import { BalancerPath, type ConnectionFailure } from './load-balancer'
import { Network } from './network'
import { hostMatches } from './patterns'
import type { PathProblem, PathRequest } from './request'
import { answer, cloudFrontPage, noConnection } from './responses'
import type { PathTarget, Routed, TargetSource } from './routed'
import { TargetSelection } from './target-selection'

const defaultPorts = { http: 80, https: 443 } as const
const viewerTimeoutSeconds = 30

interface Parts {
  readonly deployed: DeployedPath
  readonly network: Network
  readonly selections: ReadonlyMap<string, TargetSelection>
  readonly balancers: ReadonlyMap<string, BalancerPath>
  readonly distributions: readonly DistributionPath[]
  /** By domain name and by alias. */
  readonly byHost: ReadonlyMap<string, DistributionPath>
  readonly notRun: readonly PathProblem[]
}

/** Sends requests through the deployed path: DNS, CloudFront, its web ACL, the load balancer, a target group. */
export class RequestPath {
  private parts: Parts
  private kept = new Map<string, unknown>()
  private readonly weights = new Map<string, readonly WeightedTargetGroup[]>()
  private readonly random: Random

  constructor(
    deployed: DeployedPath,
    private readonly targets: TargetSource,
    /** Its seed is that of the choices between weighted target groups. */
    { seed = 1 }: { readonly seed?: number } = {},
  ) {
    this.random = new Random(seed)
    this.parts = this.compiled(deployed)
  }

  get deployed(): DeployedPath {
    return this.parts.deployed
  }

  /** Parts that do not run here, such as managed rule groups. */
  get notRun(): readonly PathProblem[] {
    return this.parts.notRun
  }

  /** The next requests take another path. Weights stay, and so do the counts and the cache of parts that do not change. */
  update(deployed: DeployedPath): void {
    this.parts = this.compiled(deployed)
  }

  /** Creates a part, unless its definition is as before. */
  private keep<Part>(
    before: ReadonlyMap<string, unknown>,
    definition: unknown,
    create: () => Part,
  ) {
    const key = JSON.stringify(definition)
    const part = (before.get(key) as Part | undefined) ?? create()
    this.kept.set(key, part)
    return part
  }

  private compiled(deployed: DeployedPath): Parts {
    const { targets, weights, random, kept } = this
    this.kept = new Map()
    const firewalls = deployed.webAcls.map((acl) => ({
      acl,
      firewall: this.keep(kept, acl, () => new Firewall(acl)),
    }))
    const network = new Network(deployed)
    const certificates = new Map<string, Certificate>(
      deployed.certificates.map((certificate) => [certificate.arn, certificate]),
    )
    const selections = new Map(
      deployed.targetGroups.map((group) => [
        group.arn,
        this.keep(kept, group, () => new TargetSelection(group, targets, random)),
      ]),
    )
    const balancers = new Map<string, BalancerPath>()
    for (const balancer of deployed.loadBalancers) {
      const found = firewalls.find(({ acl }) => acl.resourceArns.includes(balancer.arn))
      const parts = { network, certificates, selections, weights, random }
      const path = new BalancerPath(balancer, found?.firewall, parts)
      balancers.set(balancer.dnsName.toLowerCase(), path)
      balancers.set(balancer.arn, path)
    }
    const { buckets } = deployed
    const distributions = deployed.distributions.map((distribution) => {
      const found = firewalls.find(({ acl }) => acl.arn === distribution.webAclArn)
      const cache = this.keep(kept, `cache of ${distribution.id}`, () => new EdgeCache())
      const parts = { network, certificates, balancers, buckets, random, cache }
      return new DistributionPath(distribution, found?.firewall, parts)
    })
    return {
      deployed,
      network,
      selections,
      balancers,
      distributions,
      byHost: new Map(
        distributions.flatMap((path) => {
          const { domainName, aliases } = path.distribution
          return [domainName.toLowerCase(), ...aliases].map((name) => [name, path] as const)
        }),
      ),
      notRun: [
        ...firewalls.flatMap(({ firewall }) => firewall.notRun),
        ...distributions.flatMap(({ notRun }) => notRun),
        ...notRunSettings(deployed),
      ],
    }
  }

  /**
   * @param now in milliseconds, on the simulated clock
   * @param weight how many requests this one stands for, in limits of rates
   */
  route(viewerRequest: PathRequest, now: number, weight = 1): Routed {
    const host = viewerRequest.host.toLowerCase()
    const request = host === viewerRequest.host ? viewerRequest : { ...viewerRequest, host }
    const address = request.address ?? host
    const isInside = request.callerGroupIds !== undefined
    const resolved = this.parts.network.resolve(address, isInside) ?? address
    if (resolved.endsWith('.cloudfront.net')) {
      return this.throughCloudFront(request, now, weight)
    }
    const balancer = this.parts.balancers.get(resolved)
    if (balancer !== undefined) return throughBalancer(balancer, request, now, weight)
    const message =
      resolved === address
        ? `no record of Route 53 for ${address}`
        : `${address} is ${resolved}, which is not a distribution or a load balancer of this account`
    return answer('Route 53', noConnection(502, message), { part: 'Route 53', message })
  }

  /**
   * Replaces the weights of a rule, or of a listener's default action.
   * @param weights undefined: those of the rule are used again
   */
  setWeights(ruleArn: string, weights: readonly WeightedTargetGroup[] | undefined): void {
    if (weights === undefined) this.weights.delete(ruleArn)
    else this.weights.set(ruleArn, weights)
  }

  /** @returns the failure of every health check on the port, if no load balancer of the group can connect to it */
  unreachable(
    targetGroupArn: string,
    target: Pick<PathTarget, 'id' | 'port' | 'securityGroupIds'>,
  ): HealthCheckFailure | undefined {
    const selection = this.parts.selections.get(targetGroupArn)
    if (selection === undefined) return undefined
    const balancers = [...new Set(this.parts.balancers.values())].filter(({ balancer }) =>
      balancer.listeners.some(({ rules, defaultActions }) =>
        [...rules.flatMap(({ actions }) => actions), ...defaultActions].some(
          (action) =>
            action.type === 'forward' &&
            action.targetGroups.some((group) => group.targetGroupArn === targetGroupArn),
        ),
      ),
    )
    const isBlocked = balancers.some((path) => path.blocked(selection, target) !== undefined)
    return isBlocked ? timedOut : undefined
  }

  /** CloudFront chooses the distribution by the host, not by the record that led to it. */
  private throughCloudFront(request: PathRequest, now: number, weight: number): Routed {
    const found = this.distributionOf(request.host)
    if (found?.distribution.isEnabled) return found.route(request, now, weight)
    const message = found
      ? `distribution ${found.distribution.id} of ${request.host} is disabled`
      : `no distribution has the alias ${request.host}`
    return answer('CloudFront', cloudFrontPage(403, 'Bad request.'), {
      part: 'CloudFront',
      message,
    })
  }

  private distributionOf(host: string): DistributionPath | undefined {
    return (
      this.parts.byHost.get(host) ??
      this.parts.distributions.find(({ distribution }) =>
        distribution.aliases.some((alias) => hostMatches(alias, host)),
      )
    )
  }
}

function throughBalancer(
  balancer: BalancerPath,
  request: PathRequest,
  now: number,
  weight: number,
): Routed {
  const { scheme, host, clientIp: ip, callerGroupIds: groupIds } = request
  const port = request.port ?? defaultPorts[scheme]
  const caller = { ip, isCloudFront: false, groupIds }
  const failure = balancer.connect(port, scheme, caller, [host])
  if (failure !== undefined) return notConnected(balancer.balancer.name, failure)
  return balancer.route(request, port, now, weight)
}

function notConnected(by: string, { kind, problem }: ConnectionFailure): Routed {
  const text = `${problem.part}: ${problem.message}`
  if (kind !== 'timeout') return answer(by, noConnection(502, text), problem)
  return answer(by, noConnection(504, text), problem, viewerTimeoutSeconds)
}

function notRunSettings({ loadBalancers, targetGroups }: DeployedPath): PathProblem[] {
  const algorithms = targetGroups.flatMap(({ name, algorithm }) =>
    algorithm === 'round_robin'
      ? []
      : { part: `target group ${name}`, message: `its algorithm ${algorithm} does not run here` },
  )
  const actions = loadBalancers.flatMap(({ name, listeners }) =>
    listeners.flatMap(({ port, rules, defaultActions }) =>
      [
        ...rules.map(({ priority, actions }) => ({ rule: String(priority), actions })),
        { rule: 'default', actions: defaultActions },
      ].flatMap(({ rule, actions }) =>
        actions.flatMap((action) =>
          action.type === 'notRun'
            ? {
                part: `rule ${rule} of listener ${port} of ${name}`,
                message: `${action.name} does not run here`,
              }
            : [],
        ),
      ),
    ),
  )
  return [...algorithms, ...actions]
}
