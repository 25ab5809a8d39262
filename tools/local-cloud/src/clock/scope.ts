import type { Simulation } from '@tideway/spot-simulator'

/** Part of an execution that can end early, with all that runs within it. Waits in virtual time. */
export class Scope {
  private over: Error | undefined
  private readonly onEnd = new Set<() => void>()
  private readonly leaveParent: () => void

  constructor(
    private readonly simulation: Simulation,
    parent?: Scope,
  ) {
    const follow = () => this.end(parent?.over as Error)
    parent?.onEnd.add(follow)
    this.leaveParent = () => parent?.onEnd.delete(follow)
    if (parent?.over !== undefined) this.over = parent.over
  }

  /** What waits in this scope continues with the error. */
  end(error: Error): void {
    if (this.over !== undefined) return
    this.over = error
    for (const listener of [...this.onEnd]) listener()
  }

  /** Call when the part has ended by itself. */
  leave(): void {
    this.leaveParent()
  }

  throwIfOver(): void {
    if (this.over !== undefined) throw this.over
  }

  /**
   * Waits until the time is over, or until it is woken. Throws once the scope has ended.
   *
   * @param subscribe passes the callback that wakes it, and returns how to unsubscribe
   */
  async wait(
    seconds: number,
    subscribe: (wake: () => void) => () => void = () => () => {},
  ): Promise<void> {
    this.throwIfOver()
    const { simulation, onEnd } = this
    let forget = () => {}
    await new Promise<void>((resolve) => {
      let isAwake = false
      const wake = () => {
        if (isAwake) return
        isAwake = true
        simulation.interruptSleep(resolve)
      }
      const asleep = simulation.sleep(Math.min(seconds, maxSeconds) * 1000, () => isAwake)
      void asleep.then(() => {
        isAwake = true
        resolve()
      })
      const unsubscribe = subscribe(wake)
      onEnd.add(wake)
      forget = () => {
        onEnd.delete(wake)
        unsubscribe()
      }
    })
    forget()
    this.throwIfOver()
  }
}

/** The longest timeout of Step Functions. */
const maxSeconds = 99_999_999
