/** The tags that define a pair and its settings. Every reconcile reads them. */
export const tags = {
  /** On a primary: the names of its standbys, space-separated, in the order in which they are used. */
  standbys: 'tideway:standbys',
  /** On a standby: the name of its primary. The function can change no service without this tag. */
  standbyOf: 'tideway:standby-of',
  /** This and the next two: on a primary, or on the cluster for all of its pairs. */
  hold: 'tideway:hold',
  force: 'tideway:force',
  dryRun: 'tideway:dry-run',
  maxStandby: 'tideway:max-standby',
  stabilizationSeconds: 'tideway:dwell-seconds',
  /** On a primary: the maximum price of its standby tasks, in US dollars per hour. */
  maxCoverPrice: 'tideway:max-cover-price',
  /** On a standby: the price of one task, in US dollars per hour. */
  taskPrice: 'tideway:task-price',
  /** On a primary: what its tasks do at an interruption notice. */
  atNotice: 'tideway:at-notice',
  /** On a primary: what its owner prefers when failed requests and cost conflict. */
  prefer: 'tideway:prefer',
  /** On a primary: the duration of its slowest request. */
  slowestRequestSeconds: 'tideway:request-seconds',
  /** On a primary: the stopTimeout of its containers, where it is below the two minutes of a notice. */
  stopSeconds: 'tideway:stop-seconds',
  /** The same, from the definition of the service: a deploy sets it, and keeps that of an operator, which comes first. */
  definedStopSeconds: 'tideway:defined-stop-seconds',
} as const

/** The tags that an operator sets. A deploy must not remove them. */
export const operatorTags: readonly string[] = [
  tags.hold,
  tags.force,
  tags.dryRun,
  tags.maxStandby,
  tags.stabilizationSeconds,
  tags.stopSeconds,
]
