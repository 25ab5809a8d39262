import { type AwsEvent, ExecutionEnvironments } from '@tideway/spot-simulator'
import type { ScenarioAccount } from '../scenario-account'

/** Assumed, for all functions of the bench. The import of the handlers of tideway takes less than 0.15 s of it. */
export const coldStarts = { seconds: 0.5 }

/**
 * A Lambda function that EventBridge invokes. Asynchronous invocations wait for no batch: each event starts a new
 * execution environment if none is warm.
 */
export class LambdaFunction {
  private readonly environments: ExecutionEnvironments

  constructor(private readonly account: ScenarioAccount) {
    this.environments = new ExecutionEnvironments(account.aws.simulation, coldStarts)
  }

  /** @param detailType of the rule */
  subscribe(detailType: string, handler: (event: AwsEvent) => Promise<void>): void {
    this.account.aws.bus.subscribe((event) => this.invoke(() => handler(event)), {
      'detail-type': [detailType],
    })
  }

  /** As a schedule or a delayed message does. */
  invoke(handler: () => Promise<void>): void {
    this.account.aws.simulation.after(this.environments.take(), async () => {
      await handler()
      this.environments.release()
    })
  }
}
