import { withoutInstances } from '../delivery/problems'
import { RingBuffer } from '../ring-buffer'
import type { FailureCause, RequestRates, RequestSample } from './measures'

/** A request that was answered, and how many it stands for. */
export interface Counted {
  readonly service: string
  readonly weight: number
  /** Undefined: it succeeded. */
  readonly failure?: string | undefined
  readonly seconds: number
}

type Counts = { requests: number; failed: number; slow: number }

export const sampleSeconds = 10
const slowSeconds = 1
/** A cause can name what a caller asks for, and there is no end of them. */
const maxCauses = 200

/** Counts requests by service: since the start, and in samples of ten seconds. */
export class RequestCounts {
  readonly samples = new RingBuffer<RequestSample>(3000)
  private readonly totals = new Map<string, Counts>()
  private readonly causes = new Map<string, { service: string; cause: string; count: number }>()
  private current = new Map<string, Counts>()

  add({ service, weight, failure, seconds }: Counted): void {
    for (const counts of [countsIn(this.totals, service), countsIn(this.current, service)]) {
      counts.requests += weight
      if (failure !== undefined) counts.failed += weight
      if (seconds > slowSeconds) counts.slow += weight
    }
    if (failure !== undefined) this.addCause(service, failure, weight)
  }

  /** Ends a sample. */
  sample(at: number, services: readonly string[]): void {
    this.samples.push({
      at,
      services: Object.fromEntries(
        services.map((service) => [service, ratesOf(countsIn(this.current, service))]),
      ),
    })
    this.current = new Map()
  }

  /** Of one service, or of all. */
  total(service?: string): Readonly<Counts> {
    const sum: Counts = { requests: 0, failed: 0, slow: 0 }
    for (const [name, { requests, failed, slow }] of this.totals) {
      if (service !== undefined && service !== name) continue
      sum.requests += requests
      sum.failed += failed
      sum.slow += slow
    }
    return sum
  }

  /** The most frequent first. */
  get failures(): readonly FailureCause[] {
    return [...this.causes.values()].sort((one, other) => other.count - one.count)
  }

  private addCause(service: string, cause: string, weight: number): void {
    const key = withoutInstances(`${service} ${cause}`)
    const known = this.causes.get(key)
    if (known !== undefined) known.count += weight
    else if (this.causes.size < maxCauses) this.causes.set(key, { service, cause, count: weight })
  }
}

function countsIn(all: Map<string, Counts>, service: string): Counts {
  let counts = all.get(service)
  if (counts === undefined) {
    counts = { requests: 0, failed: 0, slow: 0 }
    all.set(service, counts)
  }
  return counts
}

function ratesOf({ requests, failed, slow }: Counts): RequestRates {
  return {
    rate: requests / sampleSeconds,
    failed: failed / sampleSeconds,
    slow: slow / sampleSeconds,
  }
}
