/** The tags by which a primary names its standbys, and an operator the rules. Read on every look. */
export const tags = {
  /** On a primary: the names of its standbys, in the order in which they are used. */
  standbys: 'tideway:standbys',
  /** On a standby: the name of its primary. The function may change no service without it. */
  standbyOf: 'tideway:standby-of',
  hold: 'tideway:hold',
  force: 'tideway:force',
  dryRun: 'tideway:dry-run',
  maxStandby: 'tideway:max-standby',
  dwellSeconds: 'tideway:dwell-seconds',
} as const

/** Those that an operator sets on a primary, beside whoever deploys it, who must not take them off again. */
export const operatorTags: readonly string[] = [
  tags.hold,
  tags.force,
  tags.dryRun,
  tags.maxStandby,
  tags.dwellSeconds,
]
