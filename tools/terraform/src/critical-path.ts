import type { TerraformEvent } from './events'
import { elapsed } from './progress'

type Blocks = Readonly<Record<string, Readonly<Record<string, object>>>>

/** The part of `cdk.tf.json` that orders an apply. */
export interface OrderedJson {
  readonly resource?: Blocks
  readonly data?: Blocks
  readonly locals?: Readonly<Record<string, unknown>>
}

/** A resource on a critical path. */
export interface PathStep {
  /** `aws_lb.external` */
  readonly address: string
  readonly seconds: number
  readonly isDone: boolean
}

interface Change {
  readonly startedAt: number
  readonly isDeletion: boolean
  /** Also after an error. */
  endedAt?: number
  isDone?: boolean
}

const names = /(?<![\w.])(?:(?:data\.)?[a-z][a-z0-9]*_\w+|local)\.[\w-]+/g

/** The resources that each resource depends on, by address: by reference, by `depends_on`, and through data and locals. */
export function dependencies({
  resource = {},
  data = {},
  locals = {},
}: OrderedJson): Map<string, Set<string>> {
  const blocks = new Map<string, unknown>()
  for (const [prefix, all] of [
    ['', resource],
    ['data.', data],
  ] as const) {
    for (const [type, each] of Object.entries(all)) {
      for (const [id, block] of Object.entries(each)) blocks.set(`${prefix}${type}.${id}`, block)
    }
  }
  for (const [name, value] of Object.entries(locals)) blocks.set(`local.${name}`, value)
  const graph = new Map<string, Set<string>>()
  for (const [address, block] of blocks) {
    const text = JSON.stringify(block, (key, value) => (key === '//' ? undefined : value)) ?? ''
    const named = [...text.matchAll(names)].map(([name]) => name)
    graph.set(address, new Set(named.filter((name) => name !== address && blocks.has(name))))
  }
  return graph
}

/**
 * The chain of resources that the time of an apply consists of: each depends on the one before it, and no other chain
 * takes longer. An apply cannot be faster, however many resources it changes at the same time.
 */
export class CriticalPath {
  private readonly changes = new Map<string, Change>()
  private readonly before: ReadonlyMap<string, ReadonlySet<string>>
  private readonly after = new Map<string, Set<string>>()

  constructor(json: OrderedJson) {
    this.before = dependencies(json)
    for (const [address, needed] of this.before) {
      for (const each of needed) {
        this.after.set(each, (this.after.get(each) ?? new Set()).add(address))
      }
    }
  }

  update(event: TerraformEvent): void {
    if (!('hook' in event) || !event.type.startsWith('apply')) return
    const { addr: address } = event.hook.resource
    const isDeletion = event.hook.action === 'delete'
    const at = Date.parse(event['@timestamp'] ?? '')
    const key = `${isDeletion} ${address}`
    if (event.type === 'apply_start') this.changes.set(key, { startedAt: at, isDeletion })
    if (event.type !== 'apply_complete' && event.type !== 'apply_errored') return
    const change = this.changes.get(key)
    if (change === undefined) return
    change.endedAt = at
    change.isDone = event.type === 'apply_complete'
  }

  /** How many changes are done. */
  get done(): number {
    return [...this.changes.values()].filter(({ isDone }) => isDone).length
  }

  /** The resources in progress, longest first. */
  waits(now = Date.now()): { address: string; seconds: number }[] {
    return [...this.changes]
      .filter(([, { endedAt }]) => endedAt === undefined)
      .map(([key, { startedAt }]) => ({
        address: key.slice(key.indexOf(' ') + 1),
        seconds: Math.max(0, (now - startedAt) / 1000),
      }))
      .sort((one, other) => other.seconds - one.seconds)
  }

  /**
   * In the order of the apply. Resources that take no time are left out.
   *
   * @param now for the resources in progress, in milliseconds since 1970
   */
  steps(now = Date.now()): PathStep[] {
    return [
      ...this.chain(this.times(true, now), this.after),
      // The deletion of a replaced resource comes before its creation.
      ...this.chain(this.times(false, now), this.before),
    ]
  }

  private times(isDeletion: boolean, now: number): Map<string, PathStep> {
    const steps = new Map<string, PathStep>()
    for (const [key, change] of this.changes) {
      if (change.isDeletion !== isDeletion) continue
      const address = (key.split(' ')[1] ?? '').replace(/\[.*$/, '')
      const seconds = Math.max(0, ((change.endedAt ?? now) - change.startedAt) / 1000)
      const before = steps.get(address)
      const isDone = change.endedAt !== undefined && before?.isDone !== false
      steps.set(address, { address, seconds: Math.max(seconds, before?.seconds ?? 0), isDone })
    }
    return steps
  }

  private chain(
    steps: ReadonlyMap<string, PathStep>,
    waitsFor: ReadonlyMap<string, ReadonlySet<string>>,
  ): PathStep[] {
    const known = new Map<string, { seconds: number; path: PathStep[] }>()
    const longestTo = (address: string): { seconds: number; path: PathStep[] } => {
      const found = known.get(address)
      if (found !== undefined) return found
      // In place until it is known, in case of a cycle.
      known.set(address, { seconds: 0, path: [] })
      let longest: { seconds: number; path: PathStep[] } = { seconds: 0, path: [] }
      for (const each of waitsFor.get(address) ?? []) {
        const before = longestTo(each)
        if (before.seconds > longest.seconds) longest = before
      }
      const step = steps.get(address)
      const path = step && step.seconds > 0 ? [...longest.path, step] : longest.path
      const result = { seconds: longest.seconds + (step?.seconds ?? 0), path }
      known.set(address, result)
      return result
    }
    return [...steps.keys()]
      .map(longestTo)
      .reduce((one, other) => (other.seconds > one.seconds ? other : one), {
        seconds: 0,
        path: [],
      }).path
  }
}

export function secondsOf(steps: readonly PathStep[]): number {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** `critical path 37 s: aws_vpc.main 12 s -> aws_nat_gateway.a 25 s`, with the longest steps only. */
export function pathLine(
  steps: readonly PathStep[],
  pathOf: (address: string) => string = (address) => address,
): string {
  const shown = steps.filter(({ seconds }) => seconds >= 0.5)
  const chain = shown.map(({ address, seconds }) => `${pathOf(address)} ${elapsed(seconds * 1000)}`)
  const names = chain.length === 0 ? '' : `: ${chain.join(' -> ')}`
  return `critical path ${elapsed(secondsOf(steps) * 1000)}${names}`
}
