import type { EcsSimulationSettings } from '@tideway/spot-simulator'
import { SimulatedAccount, SimulatedController } from '../harness'

/** An account in which the controller runs, as it is deployed. */
export class TestAccount extends SimulatedAccount {
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
