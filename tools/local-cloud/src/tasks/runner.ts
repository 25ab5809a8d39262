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
  | { readonly kind: 'pid'; readonly id: number; readonly pid: number | undefined }
  | { readonly kind: 'line'; readonly id: number; readonly line: string }
  | { readonly kind: 'exit'; readonly id: number; readonly code: number; readonly message?: string }

/** Runs commands that end with this process, even when this process is killed. */
export class Runner {
  private supervisor: ChildProcess | undefined
  private readonly commands = new Map<number, Command>()
  private readonly pids = new Map<number, number>()
  private lastId = 0

  start(command: Command): RunningCommand {
    const id = ++this.lastId
    this.commands.set(id, command)
    const { env, cwd } = command
    this.send({ kind: 'start', id, command: command.command, env, cwd })
    return { signal: (signal) => this.send({ kind: 'signal', id, signal }) }
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
      for (const id of [...this.commands.keys()]) {
        endGroup(this.pids.get(id))
        this.receive({ kind: 'exit', id, code: 137 })
      }
    })
    return supervisor
  }

  private receive(report: Report): void {
    const command = this.commands.get(report.id)
    switch (report.kind) {
      case 'pid':
        if (report.pid !== undefined) this.pids.set(report.id, report.pid)
        break
      case 'line':
        command?.onLine(report.line)
        break
      case 'exit':
        this.pids.delete(report.id)
        if (this.commands.delete(report.id)) command?.onExit(report.code, report.message)
    }
  }
}

/** What the supervisor would have ended, if somebody has killed it. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
