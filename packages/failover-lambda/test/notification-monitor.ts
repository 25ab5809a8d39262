import type { ApiCall } from '@tideway/spot-simulator'
import { periodsOf } from './notification-laws'
import type { RandomAccount, RandomPair } from './random-history'

/** Compares the notifications of the pairs with the changes of their standbys. */
export class NotificationMonitor {
  /** When each pair got its first standby task after it had none. */
  private readonly covered: { readonly pair: string; readonly at: number }[] = []

  constructor(private readonly account: RandomAccount) {
    account.aws.endpoint.interceptors.push((call) => this.onCall(call))
  }

  private onCall({ operation, input }: ApiCall): void {
    if (operation !== 'UpdateService' || !(Number(input.desiredCount) > 0)) return
    const pair = this.account.pairs.find(({ standbys }) =>
      standbys.some(({ name }) => name === input.service),
    )
    if (pair === undefined || hasCover(pair)) return
    this.covered.push({ pair: `main/${pair.primary.name}`, at: this.account.aws.now })
  }

  /** What is wrong with the notifications of an account that has been without faults for minutes. */
  get violations(): string[] {
    const { controller, pairs } = this.account
    const received = controller.sns.messages
      .filter(({ message }) => 'primary' in JSON.parse(message))
      .map(({ attributes, message }) => ({ id: attributes.id ?? '', message }))
    const periods = periodsOf(received).filter(({ alert }) => alert === 'covering')
    const unreported = this.covered.filter(
      ({ pair, at }) =>
        !periods.some((one) => one.pair === pair && one.beganAt <= at && at <= one.endedAt),
    )
    const open = periods.filter(({ endedAt }) => endedAt === Number.POSITIVE_INFINITY)
    const wrong = pairs.filter(
      (pair) => hasCover(pair) !== open.some((one) => one.pair === `main/${pair.primary.name}`),
    )
    return [
      ...unreported.map(({ pair, at }) => `${pair}: cover at ${at} was not reported`),
      ...wrong.map(({ primary }) => `${primary.name}: the last report of cover is wrong`),
    ]
  }
}

function hasCover({ standbys }: RandomPair): boolean {
  return standbys.some(({ desiredCount }) => desiredCount > 0)
}
