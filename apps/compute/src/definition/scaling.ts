import type { Checks } from '@tideway/constructs'
import { isWhole } from './values'

export interface ScalingFields {
  /**
   * The limits of autoscaling.
   *
   * @example tasks: { min: 3, max: 30 }
   */
  readonly tasks: {
    /** Tasks that always run. Fewer raise an alarm. */
    readonly min: number
    /** The most that autoscaling runs. */
    readonly max: number
  }
  /**
   * Messages in the work queue per task that autoscaling aims for.
   *
   * @default the queue does not scale the service
   * @example backlogPerTask: 10, uses: ['work-queue']
   */
  readonly backlogPerTask?: number
}

export function scalingChecks({ tasks }: ScalingFields): Checks<ScalingFields> {
  return {
    tasks: [
      [
        isWhole(tasks.min, 1) && isWhole(tasks.max, tasks.min),
        'have whole numbers as min and max, with min 1 or more and max no less than min',
        'Correct the numbers.',
      ],
    ],
  }
}
