import type { AwsEvent, EcsSimulation } from '@tideway/spot-simulator'
import { primaryOf } from './world'

/** One thing that happened, for people. */
export interface Happening {
  /** Seconds since the beginning. */
  readonly at: number
  readonly kind: 'market' | 'notice' | 'decision' | 'release'
  readonly text: string
}

/** How a service and its standbys stood at a moment. */
export interface Standing {
  readonly desired: number
  readonly spot: number
  readonly onDemand: number
  /** Of all of them, those that serve. */
  readonly serving: number
}

export interface Sample {
  readonly at: number
  readonly services: Readonly<Record<string, Standing>>
}

const everySeconds = 10

/** What is told of a drought: how the services stood, and what happened. */
export class Story {
  readonly samples = new Kept<Sample>(3000)
  readonly happenings = new Kept<Happening>(2000)
  private readonly startedAt: number

  constructor(private readonly aws: EcsSimulation) {
    this.startedAt = aws.now
    aws.bus.tap((event) => this.hear(event))
    this.sample()
    aws.simulation.every(everySeconds, () => this.sample())
  }

  get seconds(): number {
    return (this.aws.now - this.startedAt) / 1000
  }

  say(kind: Happening['kind'], text: string): void {
    this.happenings.push({ at: this.seconds, kind, text })
  }

  /** How all services stand now. */
  standing(): Record<string, Standing> {
    const groups: Record<
      string,
      { desired: number; spot: number; onDemand: number; serving: number }
    > = {}
    for (const service of this.aws.services) {
      const name = primaryOf(service)
      const group = groups[name] ?? { desired: 0, spot: 0, onDemand: 0, serving: 0 }
      groups[name] = group
      if (name === service.name) group.desired = service.desiredCount
      for (const task of service.tasks) {
        if (!task.isServing) continue
        group.serving++
        if (task.provider.isSpot) group.spot++
        else group.onDemand++
      }
    }
    return groups
  }

  /** A line of a function's log: a decision says what was changed, and why. */
  hearLog(line: string): void {
    const told = parsed(line)
    if (told?.message !== 'decided') return
    const changes = Object.entries((told.standbys ?? {}) as Record<string, string>)
      .filter(([, change]) => {
        const [before, after] = change.split('->')
        return after !== undefined && before !== after
      })
      .map(([name, change]) => `${name} ${change.replace('->', ' → ')}`)
    if (changes.length === 0) return
    const why = [...((told.reasons ?? []) as string[]), ...((told.evidence ?? []) as string[])]
    this.say('decision', `${changes.join(', ')} tasks: ${why.join(', ')}`)
  }

  private sample(): void {
    this.samples.push({ at: this.seconds, services: this.standing() })
  }

  private hear(event: AwsEvent): void {
    const { detail } = event
    const service = String(detail.group ?? '').replace('service:', '')
    const isNotice = detail.stopCode === 'SpotInterruption' && detail.lastStatus === 'RUNNING'
    if (isNotice) this.say('notice', `a task of ${service} has two minutes left`)
    if (event['detail-type'] === 'EC2 Spot Instance Interruption Warning') {
      this.say('notice', `instance ${detail['instance-id']} has two minutes left`)
    }
    if (detail.eventName === 'SERVICE_TASK_PLACEMENT_FAILURE') {
      const name = event.resources[0]?.split('/').at(-1)
      this.say('notice', `${name}: no capacity for a task`)
    }
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The last of many: a drought may be watched for days. */
export class Kept<Item> {
  private items: Item[] = []
  /** How many there have been, those that are gone among them. */
  total = 0

  constructor(private readonly most: number) {}

  push(item: Item): void {
    this.items.push(item)
    this.total++
    if (this.items.length > this.most * 1.5) this.items = this.items.slice(-this.most)
  }

  /** Those that came after so many. */
  since(total: number): Item[] {
    const missing = this.total - total
    return missing <= 0 ? [] : this.items.slice(-missing)
  }

  get all(): readonly Item[] {
    return this.items
  }
}
