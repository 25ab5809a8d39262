import type { Cancel } from '../../simulation'
import type { Host, Task } from '../service'

/** An EC2 instance of a group, and its tasks. */
export class Instance implements Host {
  state: 'LAUNCHING' | 'ACTIVE' | 'DRAINING' | 'TERMINATED' = 'LAUNCHING'
  /** Has an interruption notice, and runs until the notice is over. */
  isInterrupted = false
  readonly tasks = new Set<Task>()
  cancelLaunch: Cancel = () => {}

  constructor(
    readonly instanceId: string,
    readonly containerInstanceArn: string,
    readonly launchedAt: number,
    private readonly capacity: number,
  ) {}

  get hasRoom(): boolean {
    return this.state === 'ACTIVE' && this.tasks.size < this.capacity
  }
}
