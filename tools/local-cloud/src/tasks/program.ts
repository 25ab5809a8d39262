import type { Task } from '@tideway/spot-simulator'
import type { PathRequest, PathResponse } from '../path/request'

/** What a task does with a request. `refused`: nothing listens on the port. `reset`: the connection ends without a response. */
export type TaskReply =
  | {
      readonly kind: 'response'
      readonly response: PathResponse
      readonly seconds: number
      /** How long it worked, without the time in its queue, on all requests that this one stands for. @default `seconds` each */
      readonly workSeconds?: number
    }
  | { readonly kind: 'refused' | 'reset' }

/** What a stand-in replies to a health check: its application has the code that only the target group names. */
export const passedCheck: TaskReply = {
  kind: 'response',
  response: { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('ok\n') },
  seconds: 0.001,
}

/** The program of a task: its process, or a stand-in in this process. */
export interface TaskProgram {
  /** Resolves once it runs, or to the reason why it cannot start. @default it runs */
  readonly failure?: Promise<string | undefined>
  /** A process runs it, whose exit ends the task. @default false */
  readonly isProcess?: boolean
  /** Of a stand-in: when it ended, in milliseconds of simulated time, which resets the requests in flight. */
  readonly endedAt?: number | undefined
  /** Of a process: resolves when its ports accept connections, or when it has ended. */
  listening?(): Promise<void>
  /** @param weight how many requests this one stands for, where only a sample of them is sent */
  handle(port: number, request: PathRequest, weight: number): TaskReply | Promise<TaskReply>
  /** As ECS does, with the interruption notice or after the deregistration delay. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void
  /** Another program has taken its place: it answers what it has received, and does not end its task any more. */
  retire(): void
}

/** Starts the programs of tasks that are RUNNING, and finds them by task. */
export interface TaskPrograms {
  readonly kind: 'processes' | 'stand-ins'
  start(task: Task): TaskProgram
  programOf(task: Task): TaskProgram | undefined
}
