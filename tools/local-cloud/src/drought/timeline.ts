import type { AwsEvent, EcsSimulation, Service } from '@tideway/spot-simulator'
import { lastPart } from '../delivery/deployed'
import { RingBuffer } from '../ring-buffer'
import { isPrimary, pairNames, qualifiedNames } from './pairs'

export interface TimelineEntry {
  /** Seconds since the start. */
  readonly at: number
  readonly kind: TimelineKind
  readonly text: string
  /** What led to it, where the entry itself does not say so. */
  readonly why?: readonly Why[]
}

export type TimelineKind =
  | 'market'
  | 'notice'
  | 'decision'
  | 'release'
  | 'alarm'
  | 'scaling'
  | 'schedule'
  | 'local cloud'

/** A cause: `evidence`, `1 Spot task interrupted`. */
export interface Why {
  readonly label: string
  readonly text: string
}

/** Tasks of a primary and its standbys. */
export interface TaskCounts {
  readonly desired: number
  readonly serving: number
  /** Of those that serve. */
  readonly spot: number
  readonly onDemand: number
}

export interface Sample {
  /** Seconds since the start. */
  readonly at: number
  /** How many Spot providers have no capacity. */
  readonly droughts: number
  readonly services: Readonly<Record<string, TaskCounts>>
}

const sampleSeconds = 10

/** Records what happens in a simulation, and samples the task counts of its services. */
export class Timeline {
  readonly samples = new RingBuffer<Sample>(3000)
  readonly entries = new RingBuffer<TimelineEntry>(2000)
  private readonly startedAt: number
  private readonly pairOf: (service: Service) => string
  private readonly nameIn: (clusterName: string, name: string) => string

  constructor(
    private readonly aws: EcsSimulation,
    private readonly droughts: () => number = () => 0,
  ) {
    this.startedAt = aws.now
    this.pairOf = pairNames(aws.services)
    this.nameIn = qualifiedNames(aws.services)
    aws.bus.tap((event) => this.addNotice(event))
    this.sample()
    aws.simulation.every(sampleSeconds, () => this.sample())
  }

  /** Seconds since the start. */
  get seconds(): number {
    return this.secondsAt(this.aws.now)
  }

  /** @param time in milliseconds since 1970 */
  secondsAt(time: number): number {
    return (time - this.startedAt) / 1000
  }

  add(kind: TimelineKind, text: string, why: readonly Why[] = []): void {
    this.entries.push({ at: this.seconds, kind, text, ...(why.length > 0 && { why }) })
  }

  /** The current task counts, by the name of the pair. */
  taskCounts(): Record<string, TaskCounts> {
    const groups: Record<string, { -readonly [Key in keyof TaskCounts]: number }> = {}
    for (const service of this.aws.services) {
      const name = this.pairOf(service)
      groups[name] ??= { desired: 0, serving: 0, spot: 0, onDemand: 0 }
      const group = groups[name]
      if (isPrimary(service)) group.desired = service.desiredCount
      for (const task of service.tasks) {
        if (!task.isServing) continue
        group.serving++
        group[task.provider.isSpot ? 'spot' : 'onDemand']++
      }
    }
    return groups
  }

  /** Adds the decision in a line of a function's log, if it changed the tasks of a standby. */
  addLogLine(line: string): void {
    const { message, standbys = {}, reasons = [], evidence = [], ...observed } = decisionIn(line)
    if (message !== 'decided') return
    const changes = Object.entries(standbys)
      .filter(([, change]) => {
        const [before, after] = change.split('->')
        return after !== undefined && before !== after
      })
      .map(([name, change]) => `${name} ${change.replace('->', ' → ')}`)
    if (changes.length === 0) return
    const why = [
      ...reasons.map((text) => ({ label: 'reason', text })),
      ...evidence.map((text) => ({ label: 'evidence', text })),
    ]
    const causes = why.map(({ text }) => text).join(', ')
    const counts = (['desired', 'running', 'healthy', 'interrupted'] as const)
      .filter((name) => observed[name] !== undefined)
      .map((name) => `${observed[name]} ${name}`)
    if (counts.length > 0) why.push({ label: 'observed', text: `tasks: ${counts.join(', ')}` })
    this.add('decision', `${changes.join(', ')} tasks: ${causes}`, why)
  }

  private sample(): void {
    this.samples.push({
      at: this.seconds,
      droughts: this.droughts(),
      services: this.taskCounts(),
    })
  }

  private addNotice({ detail, resources, 'detail-type': type }: AwsEvent): void {
    if (detail.stopCode === 'SpotInterruption' && detail.lastStatus === 'RUNNING') {
      const name = String(detail.group ?? '').replace(/^(service|family):/, '')
      const service = this.nameIn(lastPart(String(detail.clusterArn)), name)
      this.add('notice', `a task of ${service} has two minutes left`)
    } else if (type === 'EC2 Spot Instance Interruption Warning') {
      this.add('notice', `instance ${detail['instance-id']} has two minutes left`)
    } else if (detail.eventName === 'SERVICE_TASK_PLACEMENT_FAILURE') {
      const [cluster = '', name = ''] = resources[0]?.split('/').slice(-2) ?? []
      this.add('notice', `${this.nameIn(cluster, name)}: no capacity for a task`)
    }
  }
}

interface Decision {
  readonly message?: string
  readonly standbys?: Readonly<Record<string, string>>
  readonly reasons?: readonly string[]
  readonly evidence?: readonly string[]
  /** Tasks of the primary. */
  readonly desired?: number
  readonly running?: number
  readonly healthy?: number
  readonly interrupted?: number
}

function decisionIn(line: string): Decision {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}
