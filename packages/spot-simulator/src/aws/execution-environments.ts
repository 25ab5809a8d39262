import type { Simulation } from '../simulation'

export interface ColdStarts {
  /** From the invocation to the start of the handler. */
  readonly seconds: number
  /** How long an execution environment stays warm after an invocation. Assumed. @default 600 */
  readonly warmSeconds?: number
}

/** The execution environments of a Lambda function. Each runs one invocation at a time. */
export class ExecutionEnvironments {
  /** The times until which idle ones are warm. */
  private warmUntil: number[] = []

  /** @param coldStarts undefined: always warm */
  constructor(
    private readonly simulation: Simulation,
    private readonly coldStarts: ColdStarts | undefined,
  ) {}

  /** Uses a warm environment, or starts one. @returns the seconds until the handler starts */
  take(): number {
    this.warmUntil = this.warmUntil.filter((until) => until > this.simulation.now)
    const isWarm = this.warmUntil.pop() !== undefined
    return isWarm ? 0 : (this.coldStarts?.seconds ?? 0)
  }

  /** Call at the end of each invocation. */
  release(): void {
    const { warmSeconds = 600 } = this.coldStarts ?? {}
    this.warmUntil.push(this.simulation.now + warmSeconds * 1000)
  }
}
