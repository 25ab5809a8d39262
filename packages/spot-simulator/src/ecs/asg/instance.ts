import type { Cancel } from '../../simulation'
import type { Host, Task } from '../task'

/** An EC2 instance of a group, and what runs on it. */
export class Instance implements Host {
  state: 'LAUNCHING' | 'ACTIVE' | 'DRAINING' | 'GONE' = 'LAUNCHING'
  /** Spot has given notice: it is gone at a time that is set. */
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
