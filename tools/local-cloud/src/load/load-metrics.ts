import { type EcsSimulation, Random, type Service } from '@tideway/spot-simulator'
import type { Monitoring } from '../monitoring/monitoring'
import type { DeployedPath } from '../path/deployed-path'
import { requestsAtOnce } from '../tasks/stand-in'
import type { Completed } from './load'

/** Assumed: the share of its memory that a task uses at rest, and what a task that works at its limit adds. */
const memoryPercent = { atRest: 30, atLimit: 20 }
/** As many as a metric keeps of a minute. */
const maxTimes = 100

/** The metrics that AWS writes each minute for requests, and for the tasks that answer them. */
export class LoadMetrics {
  private readonly balancerOf: ReadonlyMap<string, string>
  private readonly random = new Random(1)
  private requests = new Map<string, { dimensions: Dimensions; counts: Map<string, number> }>()
  private times = new Map<string, { times: number[]; count: number }>()
  private distributions = new Map<string, { requests: number; '4xx': number; '5xx': number }>()
  private busySeconds = new Map<Service, number>()

  constructor(private readonly deployed: DeployedPath) {
    this.balancerOf = new Map(
      deployed.loadBalancers.flatMap(({ arn, listeners }) =>
        listeners
          .flatMap(({ rules, defaultActions }) => [
            ...defaultActions,
            ...rules.flatMap(({ actions }) => actions),
          ])
          .flatMap((action) => (action.type === 'forward' ? action.targetGroups : []))
          .map(({ targetGroupArn }) => [targetGroupArn, arn] as const),
      ),
    )
  }

  add(completed: Completed): void {
    const { routed, reply, task, weight, flow, finished } = completed
    const { status } = finished.response
    this.addViewed(flow.request.host, status, weight)
    const responded = reply?.kind === 'response' ? reply : undefined
    if (routed.kind === 'answer' || responded === undefined) {
      const balancer = this.deployed.loadBalancers.find(
        ({ name }) => name === routed.by.rule.split(':')[0],
      )
      if (balancer !== undefined && status >= 400) {
        const dimensions = { LoadBalancer: suffixOf(balancer.arn) }
        this.count(dimensions, `HTTPCode_ELB_${Math.floor(status / 100)}XX_Count`, weight)
        if (status >= 500) this.count(dimensions, `HTTPCode_ELB_${status}_Count`, weight)
      }
    }
    if (routed.kind === 'answer') return
    const LoadBalancer = suffixOf(this.balancerOf.get(routed.targetGroupArn) ?? '')
    const TargetGroup = suffixOf(routed.targetGroupArn)
    this.count({ TargetGroup }, 'RequestCountPerTarget', weight)
    const places: readonly Dimensions[] = [{ LoadBalancer }, { LoadBalancer, TargetGroup }]
    for (const dimensions of places) {
      this.count(dimensions, 'RequestCount', weight)
      if (responded === undefined) {
        this.count(dimensions, 'TargetConnectionErrorCount', reply?.kind === 'refused' ? weight : 0)
        continue
      }
      const kind = Math.floor(responded.response.status / 100)
      this.count(dimensions, `HTTPCode_Target_${kind}XX_Count`, weight)
      this.addTime(dimensions, responded.seconds)
    }
    if (responded === undefined || task === undefined) return
    const busy = this.busySeconds.get(task.service) ?? 0
    this.busySeconds.set(task.service, busy + weight * responded.seconds)
  }

  /** Writes those of the last minute. */
  write(aws: EcsSimulation, monitoring: Monitoring): void {
    // A metric of a minute has the time of its start.
    const at = aws.now - 60_000
    const addElb = (dimensions: Dimensions, values: Readonly<Record<string, number>>) =>
      monitoring.add('AWS/ApplicationELB', dimensions, values, at)
    for (const { dimensions, counts } of this.requests.values()) {
      const { RequestCountPerTarget, ...values } = Object.fromEntries(counts)
      addElb(dimensions, values)
      if (RequestCountPerTarget === undefined) continue
      const group = [...this.balancerOf.keys()].find(
        (arn) => suffixOf(arn) === dimensions.TargetGroup,
      )
      const healthy = group === undefined ? 0 : healthOf(aws, group).healthy
      addElb(dimensions, { RequestCountPerTarget: RequestCountPerTarget / Math.max(1, healthy) })
    }
    for (const [key, { times }] of this.times) {
      const dimensions = this.requests.get(key)?.dimensions ?? {}
      for (const TargetResponseTime of times) addElb(dimensions, { TargetResponseTime })
    }
    for (const [group, balancer] of this.balancerOf) {
      const { healthy, unhealthy } = healthOf(aws, group)
      const dimensions = { LoadBalancer: suffixOf(balancer), TargetGroup: suffixOf(group) }
      addElb(dimensions, { HealthyHostCount: healthy, UnHealthyHostCount: unhealthy })
    }
    for (const [DistributionId, counts] of this.distributions) {
      const percent = (count: number) => (100 * count) / counts.requests
      const values = {
        Requests: counts.requests,
        '4xxErrorRate': percent(counts['4xx']),
        '5xxErrorRate': percent(counts['5xx']),
        TotalErrorRate: percent(counts['4xx'] + counts['5xx']),
      }
      monitoring.add('AWS/CloudFront', { DistributionId, Region: 'Global' }, values, at)
    }
    for (const service of aws.services) this.writeUse(service, monitoring, at)
    this.requests = new Map()
    this.times = new Map()
    this.distributions = new Map()
    this.busySeconds = new Map()
  }

  private writeUse(service: Service, monitoring: Monitoring, at: number): void {
    const tasks = service.runningCount
    if (tasks === 0) return
    const busy = this.busySeconds.get(service) ?? 0
    const share = Math.min(1, busy / (60 * requestsAtOnce * tasks))
    const values = {
      CPUUtilization: 100 * share,
      MemoryUtilization: memoryPercent.atRest + memoryPercent.atLimit * share,
    }
    const dimensions = { ClusterName: service.clusterName, ServiceName: service.name }
    monitoring.add('AWS/ECS', dimensions, values, at)
  }

  private addViewed(host: string, status: number, weight: number): void {
    const distribution = this.deployed.distributions.find(
      ({ aliases, domainName }) => aliases.includes(host) || domainName === host,
    )
    if (distribution === undefined) return
    const counts = this.distributions.get(distribution.id) ?? { requests: 0, '4xx': 0, '5xx': 0 }
    counts.requests += weight
    if (status >= 500) counts['5xx'] += weight
    else if (status >= 400) counts['4xx'] += weight
    this.distributions.set(distribution.id, counts)
  }

  private count(dimensions: Dimensions, name: string, value: number): void {
    // CloudWatch has no datapoint for nothing.
    if (value === 0) return
    const key = keyOf(dimensions)
    const known = this.requests.get(key) ?? { dimensions, counts: new Map<string, number>() }
    known.counts.set(name, (known.counts.get(name) ?? 0) + value)
    this.requests.set(key, known)
  }

  /** Keeps some of the times, each with the same chance. */
  private addTime(dimensions: Dimensions, seconds: number): void {
    const key = keyOf(dimensions)
    const known = this.times.get(key) ?? { times: [], count: 0 }
    const place = known.count < maxTimes ? known.count : this.random.integer(0, known.count)
    if (place < maxTimes) known.times[place] = seconds
    known.count++
    this.times.set(key, known)
  }
}

type Dimensions = Readonly<Record<string, string>>

function keyOf({ LoadBalancer = '', TargetGroup = '' }: Dimensions): string {
  return `${LoadBalancer} ${TargetGroup}`
}

/** `app/name/0123456789abcdef`, as the dimensions of metrics have it. */
function suffixOf(arn: string): string {
  return arn.replace(/^.*:(loadbalancer\/)?/, '')
}

function healthOf(aws: EcsSimulation, targetGroupArn: string) {
  const targets = aws.loadBalancers.health(targetGroupArn)
  const count = (...states: readonly string[]) =>
    targets.filter(({ state }) => states.includes(state)).length
  return { healthy: count('healthy'), unhealthy: count('unhealthy') }
}
