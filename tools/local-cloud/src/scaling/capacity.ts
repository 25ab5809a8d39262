import type { StepConfiguration } from './deployed-scaling'

/** The capacity that brings the metric of each task to its target. Rounds up, but not because of the last digit. */
export function proportional(capacity: number, value: number, target: number): number {
  return Math.ceil((capacity * value) / target - 1e-9)
}

/**
 * The capacity after a step, or undefined where no step is for the value.
 *
 * @param breach the value of the metric, less the threshold of the alarm
 */
export function stepped(
  capacity: number,
  breach: number,
  { AdjustmentType, StepAdjustments = [], MinAdjustmentMagnitude = 1 }: StepConfiguration,
): number | undefined {
  const step = StepAdjustments.find((each) => {
    const low = Number(each.MetricIntervalLowerBound ?? Number.NEGATIVE_INFINITY)
    const high = Number(each.MetricIntervalUpperBound ?? Number.POSITIVE_INFINITY)
    // The bound that is nearer to the threshold belongs to the step.
    return breach >= 0 ? breach >= low && breach < high : breach > low && breach <= high
  })
  if (step === undefined) return undefined
  const adjustment = Number(step.ScalingAdjustment)
  switch (AdjustmentType) {
    case 'ExactCapacity':
      return adjustment
    case 'PercentChangeInCapacity': {
      const change = wholeChange((capacity * adjustment) / 100)
      const magnitude = Math.max(Math.abs(change), Number(MinAdjustmentMagnitude))
      return capacity + Math.sign(change) * magnitude
    }
    default:
      return capacity + adjustment
  }
}

/** Towards 0, but at least one task. */
function wholeChange(change: number): number {
  return Math.sign(change) * Math.max(1, Math.floor(Math.abs(change) + 1e-9))
}

/** Of the datapoints of an alarm. */
export function aggregate(
  values: readonly number[],
  type: StepConfiguration['MetricAggregationType'],
): number {
  if (type === 'Minimum') return Math.min(...values)
  if (type === 'Maximum') return Math.max(...values)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
