import type { EcsSimulation, Task } from '@tideway/spot-simulator'
import type { Processes } from './processes'
import type { TaskProgram, TaskPrograms } from './program'

/** More would take too much of the machine. */
export const maxProcessTasks = 36
/** So that a task more or less does not switch all of them again. */
const returnAt = 30

/** Runs tasks as processes while the clock is that of the wall and they are few, and else as stand-ins. */
export class ProgramSwitch implements TaskPrograms {
  private readonly programs = new Map<Task, TaskProgram>()
  /** The tasks that have received SIGTERM. */
  private readonly stopping = new Set<Task>()
  private processes: Processes | undefined
  private speed = Infinity
  private isProcesses = false

  constructor(
    private readonly aws: EcsSimulation,
    private readonly standIns: Pick<TaskPrograms, 'start'>,
  ) {
    aws.observe({
      signal: (task, name) => this.signal(task, name),
      ended: (task) => this.ended(task),
    })
  }

  get kind(): TaskPrograms['kind'] {
    return this.isProcesses ? 'processes' : 'stand-ins'
  }

  /** Why it is this kind. */
  get reason(): string {
    if (this.isProcesses) return 'the clock is that of the wall'
    if (this.processes === undefined) return 'nothing is deployed that could run'
    if (this.speed !== 1) return `the clock runs ${this.speed} times faster`
    return `there are more than ${returnAt} tasks: processes run up to ${maxProcessTasks}`
  }

  start(task: Task): TaskProgram {
    const program = this.started(task)
    this.programs.set(task, program)
    this.update()
    return this.programs.get(task) ?? program
  }

  programOf(task: Task): TaskProgram | undefined {
    return this.programs.get(task)
  }

  /** From now on, tasks can run as processes. */
  allow(processes: Processes): void {
    this.processes = processes
    this.update()
  }

  /** @param speed simulated seconds per second */
  setSpeed(speed: number): void {
    if (speed === this.speed) return
    this.speed = speed
    this.update()
  }

  private started(task: Task): TaskProgram {
    return this.isProcesses && this.processes
      ? this.processes.start(task)
      : this.standIns.start(task)
  }

  private update(): void {
    const limit = this.isProcesses ? maxProcessTasks : returnAt
    const isProcesses =
      this.processes !== undefined && this.speed === 1 && this.programs.size <= limit
    if (isProcesses === this.isProcesses) return
    this.isProcesses = isProcesses
    for (const [task, program] of this.programs) void this.replace(task, program)
  }

  /** The program before answers until the next one listens, and ends what it has received. */
  private async replace(task: Task, before: TaskProgram): Promise<void> {
    const { isProcesses } = this
    const after = this.started(task)
    // A stand-in takes its place at once: the clock may run fast already.
    if (after.listening !== undefined) {
      const failure = await after.failure
      if (failure !== undefined) {
        // As in AWS, its replacement does not start either, and says why.
        if (this.programs.get(task) === before) this.aws.exit(task, 1)
        return
      }
      await after.listening()
      if (this.programs.get(task) !== before || isProcesses !== this.isProcesses) {
        after.retire()
        return
      }
    }
    this.programs.set(task, after)
    if (this.stopping.has(task)) after.signal('SIGTERM')
    before.retire()
  }

  private signal(task: Task, name: 'SIGTERM' | 'SIGKILL'): void {
    if (name === 'SIGTERM') this.stopping.add(task)
    this.programs.get(task)?.signal(name)
  }

  private ended(task: Task): void {
    this.programs.delete(task)
    this.stopping.delete(task)
    this.update()
  }
}
