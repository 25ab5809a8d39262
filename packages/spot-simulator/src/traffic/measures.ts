/** Why a request got a 502. */
export interface Resets {
  /** Its target accepted no connections, after SIGTERM or its end, and was still routed. */
  readonly left: number
  /** Nobody was healthy, and its target had not started yet. */
  readonly starting: number
  /** It was in flight when its task or its deregistration delay ended. */
  readonly inFlight: number
}

/** What happened to requests. Expected numbers, so not whole ones. */
export interface TrafficMeasures {
  readonly requests: number
  /** In time. */
  readonly answered: number
  /** Answered after waiting for a place longer than `lateAfterSeconds`. */
  readonly late: number
  /** By a task without room in its queue. */
  readonly refused: number
  /** 503: no target was registered. */
  readonly unavailable: number
  /** 502. */
  readonly reset: number
  readonly resetBy: Resets
  /** Refused, unavailable or reset. */
  readonly failed: number
  readonly failedPerMillion: number
  readonly latePerMillion: number
  /** Time in which more than 1 request in 100 failed. Of several groups: in any of them. */
  readonly badSeconds: number
  /** Interruption notices of tasks that received requests. */
  readonly interruptions: number
  /** Failures that no reactive policy can prevent, given these notices: see the README. */
  readonly unavoidableFailed: number
  readonly unavoidablePerMillion: number
}

export type Span = readonly [from: number, to: number]

/** Sums of one group. */
export class Totals {
  requests = 0
  answered = 0
  late = 0
  refused = 0
  unavailable = 0
  readonly resetBy = { left: 0, starting: 0, inFlight: 0 }
  readonly bad: [from: number, to: number][] = []
  interruptions = 0
  unavoidableFailed = 0

  addBad(from: number, to: number): void {
    const last = this.bad.at(-1)
    if (last !== undefined && last[1] === from) last[1] = to
    else this.bad.push([from, to])
  }
}

export function measuresOf(groups: readonly Totals[]): TrafficMeasures {
  const sum = (of: (totals: Totals) => number) =>
    groups.reduce((before, totals) => before + of(totals), 0)
  const requests = sum((totals) => totals.requests)
  const late = sum((totals) => totals.late)
  const refused = sum((totals) => totals.refused)
  const unavailable = sum((totals) => totals.unavailable)
  const resetBy = {
    left: sum((totals) => totals.resetBy.left),
    starting: sum((totals) => totals.resetBy.starting),
    inFlight: sum((totals) => totals.resetBy.inFlight),
  }
  const reset = resetBy.left + resetBy.starting + resetBy.inFlight
  const failed = refused + unavailable + reset
  const unavoidableFailed = sum((totals) => totals.unavoidableFailed)
  const perMillion = (number: number) => (requests === 0 ? 0 : (number / requests) * 1e6)
  return {
    requests,
    answered: sum((totals) => totals.answered),
    late,
    refused,
    unavailable,
    reset,
    resetBy,
    failed,
    failedPerMillion: perMillion(failed),
    latePerMillion: perMillion(late),
    badSeconds: secondsInAny(groups.flatMap(({ bad }) => bad)),
    interruptions: sum((totals) => totals.interruptions),
    unavoidableFailed,
    unavoidablePerMillion: perMillion(unavoidableFailed),
  }
}

/** The length of the union. */
function secondsInAny(spans: readonly Span[]): number {
  let milliseconds = 0
  let until = Number.NEGATIVE_INFINITY
  for (const [from, to] of [...spans].sort(([one], [other]) => one - other)) {
    milliseconds += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return milliseconds / 1000
}
