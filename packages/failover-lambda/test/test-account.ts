import type { EcsSimulationSettings } from '@tideway/spot-simulator'
import { DirectAccount, SimulatedController } from '../harness'

/** An account in which the controller runs, as it is deployed. */
export class TestAccount extends DirectAccount {
  readonly controller: SimulatedController

  constructor(settings: Partial<EcsSimulationSettings> = {}, variables: NodeJS.ProcessEnv = {}) {
    super(settings)
    this.controller = new SimulatedController(this, { variables })
    this.controller.start()
  }

  get deadLetters() {
    return this.controller.queue('reconcile', 'dead-letters')
  }

  get log() {
    return this.controller.log
  }

  logged(message: string) {
    return this.controller.logged(message)
  }
}

/** For what the SDK could change: how calls fail, what is retried, and the main path. */
export class SdkAccount extends TestAccount {
  protected override get skipsMiddleware(): boolean {
    return false
  }
}
