import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AwsRequest } from './aws-request'

/** Headers that belong to the request, not to its connection. */
const requestHeaders = /^(authorization|content-type|content-encoding|host|if-.*|x-amz-.*)$/

type Notes = Readonly<Record<string, string>>

export interface JournalContents {
  readonly requests: readonly AwsRequest[]
  /** As passed to the last checkpoint. */
  readonly notes: Notes
}

const checkpointStart = '{"checkpoint":'

/**
 * A file of all requests that changed something. The emulator keeps nothing, so a replay of them restores what is
 * deployed. Requests after the last checkpoint are discarded: their deployment did not finish.
 */
export class Journal {
  constructor(private readonly path: string) {}

  /** Returns everything up to the last checkpoint, and discards the rest. */
  read(): JournalContents {
    if (!existsSync(this.path)) return { requests: [], notes: {} }
    const lines = readFileSync(this.path, 'utf8').split('\n')
    const end = lines.findLastIndex((line) => line.startsWith(checkpointStart)) + 1
    const kept = lines.slice(0, end)
    truncateSync(this.path, Buffer.byteLength(kept.map((line) => `${line}\n`).join('')))
    const requests = kept
      .filter((line) => !line.startsWith(checkpointStart))
      .map((line) => {
        const request = JSON.parse(line)
        return { ...request, body: Buffer.from(request.body, 'base64') } as AwsRequest
      })
    return { requests, notes: JSON.parse(kept.at(-1) ?? '{}').checkpoint ?? {} }
  }

  append(request: AwsRequest): void {
    const kept = Object.entries(request.headers).filter(([name]) => requestHeaders.test(name))
    const headers = Object.fromEntries(kept)
    this.write({ ...request, headers, body: request.body.toString('base64') })
  }

  /** Marks everything so far as complete. */
  checkpoint(notes: Notes): void {
    this.write({ checkpoint: notes })
  }

  private write(line: object): void {
    mkdirSync(dirname(this.path), { recursive: true })
    appendFileSync(this.path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }
}

const stateLock = /\.tflock(\?|$)/

/** Whether a request releases a lock on a state of Terraform. */
export function isUnlock({ method, url }: AwsRequest): boolean {
  return method === 'DELETE' && stateLock.test(url)
}

/** Whether a request may change something. Terraform's state locks do not count. */
export function isChange({ method, operation, url }: AwsRequest): boolean {
  if (stateLock.test(url)) return false
  if (operation !== '')
    return !/^(Get|List|Describe|BatchGet|Validate|Head|Lookup|Search|Query|Scan)/.test(operation)
  return method !== 'GET' && method !== 'HEAD'
}
