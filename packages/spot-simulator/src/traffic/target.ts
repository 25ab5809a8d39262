import type { ServiceTimes } from './service-times'

/** Requests that a target accepted at a constant rate. */
interface Flow {
  readonly from: number
  readonly to: number
  readonly perSecond: number
  readonly lateShare: number
}

/** A task in a target group. Its state follows from the clock and these moments, in milliseconds. */
export class Target {
  /** From then on it receives no new requests: its deregistration was seen. */
  unroutedAt = Number.POSITIVE_INFINITY
  /** From then on its application refuses connections. */
  leavesAt = Number.POSITIVE_INFINITY
  /** Then its requests in flight are reset. */
  resetsAt = Number.POSITIVE_INFINITY
  /** Health checks noticed that it answers no longer. */
  unhealthyAt = Number.POSITIVE_INFINITY
  /** Its containers have ended. */
  hasEnded = false
  isProduction = true
  /** Accepted requests a second. */
  accepted = 0
  lateShare = 0
  private isReset = false
  private flows: Flow[] = []

  constructor(
    readonly isPrimary: boolean,
    readonly healthyAt: number,
    /** It passes its first health checks some time before it is healthy. */
    readonly answersFrom: number,
    private readonly times: ServiceTimes,
  ) {}

  isRegistered(now: number): boolean {
    return this.isProduction && now < this.unroutedAt
  }

  isHealthy(now: number): boolean {
    return this.isRegistered(now) && now >= this.healthyAt && now < this.unhealthyAt
  }

  answers(now: number): boolean {
    return now >= this.answersFrom && now < this.leavesAt
  }

  record(from: number, to: number): void {
    if (this.accepted === 0 || from === to) return
    const { accepted: perSecond, lateShare } = this
    const last = this.flows.at(-1)
    if (last?.to === from && last.perSecond === perSecond && last.lateShare === lateShare) {
      this.flows[this.flows.length - 1] = { ...last, to }
    } else this.flows.push({ from, to, perSecond, lateShare })
    const oldest = to - this.times.slowestSeconds * 1000
    if ((this.flows[0] as Flow).to < oldest) this.flows = this.flows.filter((f) => f.to >= oldest)
  }

  /** Ends the requests in flight, once their moment has come. */
  resetInFlight(now: number): { readonly requests: number; readonly late: number } | undefined {
    if (this.isReset || now < this.resetsAt) return undefined
    this.isReset = true
    let [requests, late] = [0, 0]
    for (const { from, to, perSecond, lateShare } of this.flows) {
      const inFlight =
        perSecond *
        (this.times.remaining((now - to) / 1000) - this.times.remaining((now - from) / 1000))
      requests += inFlight
      late += inFlight * lateShare
    }
    this.flows = []
    return { requests, late }
  }

  /** No request can reach it, or is still in flight. */
  isGone(now: number): boolean {
    return now >= this.unroutedAt && this.hasEnded && this.isReset
  }
}
