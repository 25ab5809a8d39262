export const exitCodes = {
  fine: 0,
  /** It could not be done. The message says why. */
  failed: 1,
  wrongUsage: 2,
  /** Of `status`: somebody is covered, held, forced or unpaired, or the controller does not reconcile. */
  notCalm: 3,
  /** Of `status`: tasks are missing that no standby replaces. */
  short: 4,
} as const
