import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { AwsRequest } from './aws-request'

type Line = Omit<AwsRequest, 'body'> & { readonly body: string }

/** Headers that belong to the call, and not to the connection. */
const meant = /^(authorization|content-type|content-encoding|host|if-.*|x-amz-.*)$/

interface Mark {
  readonly checkpoint: Readonly<Record<string, string>>
}

export interface Kept {
  readonly calls: readonly AwsRequest[]
  /** What was noted at the checkpoint. */
  readonly notes: Readonly<Record<string, string>>
}

const markStart = '{"checkpoint":'

/**
 * All calls that changed something, in a file: the emulators keep nothing, so what is there is made again from these.
 * Only what stands before the last checkpoint counts: a deploy that was cut off in the middle has never been.
 */
export class Journal {
  private file: number | undefined

  constructor(private readonly path: string) {}

  /** What there was at the last checkpoint. What comes after it is dropped. */
  read(): Kept {
    if (!existsSync(this.path)) return { calls: [], notes: {} }
    const lines = readFileSync(this.path, 'utf8').split('\n')
    const end = lines.findLastIndex((line) => line.startsWith(markStart))
    const kept = lines.slice(0, end + 1)
    truncateSync(
      this.path,
      kept.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
    )
    const calls = kept
      .filter((line) => !line.startsWith(markStart))
      .map((line) => {
        const request = JSON.parse(line) as Line
        return { ...request, body: Buffer.from(request.body, 'base64') }
      })
    const notes = end === -1 ? {} : (JSON.parse(lines[end] ?? '') as Mark).checkpoint
    return { calls, notes }
  }

  append(request: AwsRequest): void {
    const kept = Object.entries(request.headers).filter(([name]) => meant.test(name))
    const headers = Object.fromEntries(kept)
    const line: Line = { ...request, headers, body: request.body.toString('base64') }
    this.write(`${JSON.stringify(line)}\n`)
  }

  /** What there is now is whole. */
  checkpoint(notes: Mark['checkpoint']): void {
    this.write(`${JSON.stringify({ checkpoint: notes } satisfies Mark)}\n`)
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file)
    this.file = undefined
  }

  private write(text: string): void {
    if (this.file === undefined) {
      mkdirSync(dirname(this.path), { recursive: true })
      this.file = openSync(this.path, 'a', 0o600)
    }
    appendFileSync(this.file, text)
  }
}

/** Whether a call may change something: what only looks is not made again. */
export function changes({ method, operation, url }: AwsRequest): boolean {
  if (/\.tflock(\?|$)/.test(url)) return false
  if (operation !== '')
    return !/^(Get|List|Describe|BatchGet|Validate|Head|Lookup|Search|Query|Scan)/.test(operation)
  return method !== 'GET' && method !== 'HEAD'
}
