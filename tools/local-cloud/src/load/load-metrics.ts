import { type EcsSimulation, Random, type Service } from '@tideway/spot-simulator'
import type { Monitoring } from '../monitoring/monitoring'
import type { DeployedPath } from '../path/deployed-path'
import type { TargetSource } from '../path/routed'
import { type Application, meanSeconds } from '../tasks/stand-in'
import type { Completed } from './load'

/** Assumed: the share of its memory that a task uses at rest, and what a task that works at its limit adds. */
const memoryPercent = { atRest: 30, atLimit: 20 }
/** As many as a metric keeps of a minute. */
const maxTimes = 100

type Counts = Map<string, number>

interface GroupCounts {
  readonly counts: Counts
  /** Some of the response times, each with the same chance, and of how many. */
  readonly times: number[]
  timed: number
}

/** The metrics that AWS writes each minute for requests, and for the tasks that answer them. */
export class LoadMetrics {
  private readonly random = new Random(1)
  /** By the ARN of the target group. */
  private groups = new Map<string, GroupCounts>()
  /** Errors of load balancers themselves, by name. */
  private balancers = new Map<string, Counts>()
  /** By the host in the request of a viewer. */
  private hosts = new Map<string, Counts>()
  private busySeconds = new Map<Service, number>()
  /** Target groups by the name of their load balancer, also those that a release sends requests to. */
  private readonly reached = new Map<string, Set<string>>()

  constructor(
    private readonly deployed: () => DeployedPath,
    private readonly targets: TargetSource,
    private readonly application: Pick<Application, 'limitOf'>,
  ) {}

  add({ routed, reply, task, weight, flow, finished }: Completed): void {
    const { status } = finished.response
    const kind = `${Math.floor(status / 100)}XX`
    const viewed = countsIn(this.hosts, flow.request.host)
    increase(viewed, 'Requests', weight)
    increase(viewed, kind, weight)
    if (reply?.kind !== 'response' && status >= 400) {
      const own = countsIn(this.balancers, routed.by.rule.split(':')[0] ?? '')
      increase(own, `HTTPCode_ELB_${kind}_Count`, weight)
      if (status >= 500) increase(own, `HTTPCode_ELB_${status}_Count`, weight)
    }
    if (routed.kind === 'answer' || reply === undefined) return
    const [balancer = ''] = routed.by.rule.split(':')
    const reached = this.reached.get(balancer) ?? new Set()
    this.reached.set(balancer, reached.add(routed.targetGroupArn))
    const group = this.group(routed.targetGroupArn)
    increase(group.counts, 'RequestCount', weight)
    if (reply.kind === 'refused') increase(group.counts, 'TargetConnectionErrorCount', weight)
    if (reply.kind !== 'response') return
    const replied = Math.floor(reply.response.status / 100)
    increase(group.counts, `HTTPCode_Target_${replied}XX_Count`, weight)
    this.addTime(group, reply.seconds)
    if (task === undefined) return
    const busy = this.busySeconds.get(task.service) ?? 0
    this.busySeconds.set(task.service, busy + (reply.workSeconds ?? weight * reply.seconds))
  }

  /** Writes those of the last minute. */
  write(aws: EcsSimulation, monitoring: Monitoring): void {
    // A metric of a minute has the time of its start.
    const at = aws.now - 60_000
    this.writeBalancers((dimensions, values) =>
      monitoring.add('AWS/ApplicationELB', dimensions, values, at),
    )
    for (const { id, aliases, domainName } of this.deployed().distributions) {
      const values = ratesOf([...aliases, domainName].flatMap((host) => this.hosts.get(host) ?? []))
      const dimensions = { DistributionId: id, Region: 'Global' }
      if (values !== undefined) monitoring.add('AWS/CloudFront', dimensions, values, at)
    }
    for (const service of aws.services) this.writeUse(service, monitoring, at)
    this.groups = new Map()
    this.balancers = new Map()
    this.hosts = new Map()
    this.busySeconds = new Map()
  }

  private writeBalancers(
    add: (dimensions: Record<string, string>, values: Record<string, number>) => void,
  ): void {
    for (const { arn, name, listeners } of this.deployed().loadBalancers) {
      const LoadBalancer = suffixOf(arn)
      const actions = listeners.flatMap(({ rules, defaultActions }) => [
        ...rules.flatMap((rule) => rule.actions),
        ...defaultActions,
      ])
      const targets = actions.flatMap((each) => (each.type === 'forward' ? each.targetGroups : []))
      const sums: Counts = new Map(this.balancers.get(name))
      const deployed = targets.map(({ targetGroupArn }) => targetGroupArn)
      for (const group of new Set([...deployed, ...(this.reached.get(name) ?? [])])) {
        const TargetGroup = suffixOf(group)
        const { healthy, unhealthy } = healthOf(this.targets, group)
        const dimensions = { LoadBalancer, TargetGroup }
        add(dimensions, { HealthyHostCount: healthy, UnHealthyHostCount: unhealthy })
        const { counts, times } = this.groups.get(group) ?? noCounts
        for (const [metric, count] of counts) increase(sums, metric, count)
        add(dimensions, Object.fromEntries(counts))
        for (const TargetResponseTime of times) {
          add(dimensions, { TargetResponseTime })
          add({ LoadBalancer }, { TargetResponseTime })
        }
        const requests = counts.get('RequestCount') ?? 0
        if (requests === 0) continue
        add({ TargetGroup }, { RequestCountPerTarget: requests / Math.max(1, healthy) })
      }
      add({ LoadBalancer }, Object.fromEntries(sums))
    }
  }

  private writeUse(service: Service, monitoring: Monitoring, at: number): void {
    const tasks = service.runningCount
    if (tasks === 0) return
    const busy = this.busySeconds.get(service) ?? 0
    const atLimit = 60 * tasks * this.application.limitOf(service) * meanSeconds
    const share = Math.min(1, busy / atLimit)
    const values = {
      CPUUtilization: 100 * share,
      MemoryUtilization: memoryPercent.atRest + memoryPercent.atLimit * share,
    }
    const dimensions = { ClusterName: service.clusterName, ServiceName: service.name }
    monitoring.add('AWS/ECS', dimensions, values, at)
  }

  private group(targetGroupArn: string): GroupCounts {
    let group = this.groups.get(targetGroupArn)
    if (group === undefined) {
      group = { counts: new Map(), times: [], timed: 0 }
      this.groups.set(targetGroupArn, group)
    }
    return group
  }

  private addTime(group: GroupCounts, seconds: number): void {
    const place =
      group.timed < maxTimes ? group.timed : Math.floor(this.random.next() * (group.timed + 1))
    if (place < maxTimes) group.times[place] = seconds
    group.timed++
  }
}

const noCounts: GroupCounts = { counts: new Map(), times: [], timed: 0 }

function countsIn(all: Map<string, Counts>, key: string): Counts {
  let counts = all.get(key)
  if (counts === undefined) {
    counts = new Map()
    all.set(key, counts)
  }
  return counts
}

function increase(counts: Counts, name: string, value: number): void {
  counts.set(name, (counts.get(name) ?? 0) + value)
}

/** As CloudFront has them: in percent of the requests. Undefined without requests. */
function ratesOf(viewed: readonly Counts[]): Record<string, number> | undefined {
  const sum = (name: string) => viewed.reduce((total, counts) => total + (counts.get(name) ?? 0), 0)
  const Requests = sum('Requests')
  if (Requests === 0) return undefined
  const percent = (count: number) => (100 * count) / Requests
  return {
    Requests,
    '4xxErrorRate': percent(sum('4XX')),
    '5xxErrorRate': percent(sum('5XX')),
    TotalErrorRate: percent(sum('4XX') + sum('5XX')),
  }
}

/** `app/name/0123456789abcdef`, as the dimensions of metrics have it. */
function suffixOf(arn: string): string {
  return arn.replace(/^.*:(loadbalancer\/)?/, '')
}

function healthOf(targets: TargetSource, targetGroupArn: string) {
  const states = targets.targets(targetGroupArn).map(({ state }) => state)
  return {
    healthy: states.filter((state) => state === 'healthy').length,
    unhealthy: states.filter((state) => state === 'unhealthy').length,
  }
}
