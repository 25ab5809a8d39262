import type { AlarmState } from '../patches/cloudwatch'

export interface AlarmRule {
  readonly evaluationPeriods: number
  readonly datapointsToAlarm: number
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing'
}

/**
 * How many periods an alarm looks further back, in case some have no data. CloudWatch publishes it for three periods only,
 * in "Configuring how CloudWatch alarms treat missing data".
 */
export const extraPeriods = 2

/**
 * The state of an alarm, as CloudWatch documents it.
 *
 * @param points of the evaluation range, the oldest first: whether each breaches. Undefined: missing
 */
export function alarmState(
  points: readonly (boolean | undefined)[],
  { evaluationPeriods, datapointsToAlarm, treatMissingData }: AlarmRule,
  current: AlarmState,
): AlarmState {
  const known = points.filter((point) => point !== undefined)
  const breaching = known.slice(-evaluationPeriods).filter(Boolean).length
  const missing = Math.max(0, evaluationPeriods - known.length)
  const stateOf = (isAlarm: boolean) => (isAlarm ? 'ALARM' : 'OK')
  if (missing === 0) return stateOf(breaching >= datapointsToAlarm)
  switch (treatMissingData) {
    case 'breaching':
      return stateOf(breaching + missing >= datapointsToAlarm)
    case 'notBreaching':
      return stateOf(breaching >= datapointsToAlarm)
    case 'ignore':
      return breaching === known.length && breaching < datapointsToAlarm
        ? current
        : stateOf(breaching >= datapointsToAlarm)
    default: {
      if (known.length === 0) return 'INSUFFICIENT_DATA'
      // The data after the oldest breach is missing for so long that the next one can hardly change the state.
      const age = points.length - points.indexOf(true)
      const isOverdue = breaching === known.length && age >= datapointsToAlarm
      return stateOf(breaching >= datapointsToAlarm || isOverdue)
    }
  }
}
