import type { EcsSimulation, Task } from '@tideway/spot-simulator'

/** How long a task of a schedule works, in seconds. */
const workSeconds: readonly [min: number, max: number] = [60, 180]
const againSeconds = 10

/**
 * Stand-ins for the programs of tasks that RunTask has started: they work for a while, the same for the same seed, and
 * exit with 0. The command `false` exits with 1 at once, and `true` with 0.
 */
export class BatchPrograms {
  /** How many of the next tasks of a family exit with 1. */
  private readonly failing = new Map<string, number>()
  /** Whether a process runs the program of a task now. Its exit then ends the task. */
  isProcess: (task: Task) => boolean = () => false

  constructor(private readonly aws: EcsSimulation) {
    aws.observe({ started: (task) => this.start(task) })
  }

  /** The next task of a family exits with 1 when it has worked. */
  failNext(family: string): void {
    this.failing.set(family, (this.failing.get(family) ?? 0) + 1)
  }

  private start(task: Task): void {
    const { simulation } = this.aws
    const { standalone, name } = task.service
    if (standalone === undefined) return
    const command = commandIn(standalone.overrides)
    const isShort = command === 'false' || command === 'true'
    const failing = this.failing.get(name) ?? 0
    if (failing > 0) this.failing.set(name, failing - 1)
    const exitCode = command === 'false' || failing > 0 ? 1 : 0
    const random = simulation.random.fork(task.arn)
    const seconds = isShort ? 1 : Math.round(random.between(...workSeconds))
    const end = () => {
      // A stand-in may take the place of the process later.
      if (this.isProcess(task)) {
        if (!task.isReleased) simulation.after(againSeconds, end)
        return
      }
      if (task.desiredStatus === 'RUNNING') this.aws.exit(task, exitCode)
    }
    simulation.after(seconds, end)
  }
}

function commandIn(overrides: object): string | undefined {
  const { containerOverrides = [] } = overrides as {
    containerOverrides?: readonly { readonly command?: readonly string[] }[]
  }
  return containerOverrides[0]?.command?.[0]
}
