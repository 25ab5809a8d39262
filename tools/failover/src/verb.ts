import type { Aws } from './aws'
import type { Controller } from './controller'

/** What a verb works with. Tests pass their own. */
export interface VerbContext {
  /** The name of the environment, as `-c` takes it, or of the cluster that `--cluster` names. */
  readonly environment: string
  readonly region: string
  readonly account: string
  /** Whether changes are asked for before they are made. */
  readonly asks: boolean
  /** Whether its alarms notify people, or nobody says that they do not. */
  readonly hasUsers: boolean
  readonly aws: Aws
  readonly controller: Controller
  /** The time of AWS in milliseconds since 1970, which is the simulated time in the local cloud. */
  now(): Promise<number>
  /** Writes a line to standard output. */
  print(line: string): void
  /** Writes a line to the error stream. */
  warn(line: string): void
  /** Undefined without a terminal. */
  ask(question: string): Promise<string | undefined>
  /** Standard output, if it is a terminal. */
  readonly terminal?: Terminal | undefined
  /** Waits. @default in real time */
  sleep?(milliseconds: number): Promise<void>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

export interface Terminal {
  readonly columns: number
  readonly rows: number
  write(text: string): void
}

/** The options of the verb, and those of all verbs: `json`, `yes`, `cluster`. */
export type Values = Readonly<Record<string, string | boolean | undefined>>

/** A verb of the command. */
export interface Verb {
  /** What it is for, in the list of all verbs. */
  readonly summary: string
  /** The command line, then what the verb does, its options and its exit codes, in at most 80 columns. */
  readonly usage: string
  /** Options besides those of all verbs, as node:util's parseArgs takes them. */
  readonly options: Readonly<
    Record<string, { readonly type: 'boolean' | 'string'; readonly short?: string }>
  >
  /** Whether it makes no call: the controller is then described by its names alone. */
  readonly isOffline?: boolean
  /** Whether Ctrl-C waits for it, because it ends by itself and restores something first. */
  readonly endsItself?: boolean
  /** @returns the exit code */
  run(context: VerbContext, values: Values, positionals: readonly string[]): Promise<number>
}
