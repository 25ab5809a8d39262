/** Tideway with one changed assumption, over all scenarios. */
export interface RobustnessRow {
  readonly knob: string
  readonly failedPerMillion: number
  readonly unavoidablePerMillion: number
  readonly cost: number
  /** The baseline that costs no more and fails least. Undefined: tideway lies on the frontier. */
  readonly better?: {
    readonly policy: string
    readonly failedPerMillion: number
    readonly cost: number
  }
}

export const robustnessTitles = [
  'assumption',
  'failed',
  'bound',
  'cost',
  'on the frontier',
  'better',
]

export function robustnessCells({ knob, better, ...own }: RobustnessRow): string[] {
  return [
    knob,
    perMillion(own.failedPerMillion),
    perMillion(own.unavoidablePerMillion),
    own.cost.toFixed(3),
    better === undefined ? 'yes' : 'no',
    better === undefined
      ? '-'
      : `${better.policy} ${perMillion(better.failedPerMillion)} at ${better.cost.toFixed(3)}`,
  ]
}

export function perMillion(value: number): string {
  return value === 0 ? '0' : value < 100 ? value.toFixed(1) : value.toFixed(0)
}
