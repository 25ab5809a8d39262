import type { Checks } from '@tideway/constructs'
import { choice, isWhole } from './values'

export const defaultDeregistrationSeconds = 60

/** How the tasks of a service stop. */
export interface InterruptionFields {
  /**
   * Time for in-flight requests of a deregistered target, within the two minutes of a notice.
   *
   * @default 60
   * @example deregistrationSeconds: 30
   */
  readonly deregistrationSeconds?: number
  /**
   * What the tasks do at an interruption notice, which ECS passes on as SIGTERM. `leave`: they refuse requests, so
   * they are deregistered at once. `serve-until-drained`: they serve until the load balancer sends no more requests,
   * so they are deregistered once others serve, or at the last safe moment.
   *
   * @default leave
   * @example atNotice: 'serve-until-drained'
   */
  readonly atNotice?: 'serve-until-drained' | 'leave'
  /**
   * What matters more when failed requests and cost conflict.
   *
   * @default balance
   * @example prefer: 'availability'
   */
  readonly prefer?: 'cost' | 'balance' | 'availability'
  /**
   * The duration of the slowest request. At most `deregistrationSeconds`.
   *
   * @default 5
   * @example slowestRequestSeconds: 20
   */
  readonly slowestRequestSeconds?: number
}

export function interruptionChecks({
  deregistrationSeconds = defaultDeregistrationSeconds,
  atNotice,
  prefer,
  slowestRequestSeconds,
}: InterruptionFields): Checks<InterruptionFields> {
  return {
    deregistrationSeconds: [
      [
        isWhole(deregistrationSeconds, 0, 110),
        'be 0 to 110: an interruption notice gives two minutes, and stopping a task takes some of it',
        'Choose less.',
      ],
    ],
    atNotice: [
      choice(
        atNotice,
        ['serve-until-drained', 'leave'],
        'Choose "leave" if the program does not handle SIGTERM.',
      ),
    ],
    prefer: [choice(prefer, ['cost', 'balance', 'availability'])],
    slowestRequestSeconds: [
      [
        slowestRequestSeconds === undefined ||
          isWhole(slowestRequestSeconds, 0, deregistrationSeconds),
        `be 0 to ${deregistrationSeconds}, the deregistrationSeconds: the load balancer ends longer requests`,
        'Choose less, or raise deregistrationSeconds.',
      ],
    ],
  }
}
