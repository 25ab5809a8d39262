import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

export type Signal = 'SIGTERM' | 'SIGKILL'

export interface Command {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly onLine: (line: string) => void
  /** @param message why it did not start */
  readonly onExit: (code: number, message?: string) => void
}

export interface RunningCommand {
  signal(signal: Signal): void
}

type Report =
  | { readonly kind: 'line'; readonly id: number; readonly line: string }
  | { readonly kind: 'exit'; readonly id: number; readonly code: number; readonly message?: string }

/** Runs commands that end with this process, even when this process is killed. */
export class Runner {
  private supervisor: ChildProcess | undefined
  private readonly commands = new Map<number, Command>()
  private lastId = 0

  start(command: Command): RunningCommand {
    const id = ++this.lastId
    this.commands.set(id, command)
    const { env, cwd } = command
    this.send({ kind: 'start', id, command: command.command, env, cwd })
    return { signal: (signal) => this.send({ kind: 'signal', id, signal }) }
  }

  /** How many commands run. */
  get size(): number {
    return this.commands.size
  }

  /** Ends all commands. */
  close(): void {
    this.commands.clear()
    this.supervisor?.disconnect()
    this.supervisor = undefined
  }

  private send(message: object): void {
    this.supervisor ??= this.startSupervisor()
    if (this.supervisor.connected) this.supervisor.send(message)
  }

  private startSupervisor(): ChildProcess {
    // Detached: Ctrl-C in a terminal does not reach it.
    const supervisor = fork(join(__dirname, 'supervisor.cjs'), {
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    supervisor.on('message', (report: Report) => this.receive(report))
    supervisor.on('exit', () => {
      if (this.supervisor !== supervisor) return
      this.supervisor = undefined
      for (const id of [...this.commands.keys()]) this.receive({ kind: 'exit', id, code: 137 })
    })
    return supervisor
  }

  private receive(report: Report): void {
    const command = this.commands.get(report.id)
    if (report.kind === 'line') command?.onLine(report.line)
    else if (this.commands.delete(report.id)) command?.onExit(report.code, report.message)
  }
}
