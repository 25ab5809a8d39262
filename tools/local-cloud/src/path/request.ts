/** Assumed: the country of every viewer. */
export const viewerCountry = 'US'

/** A request of a viewer, or what a part of the path makes of it. */
export interface PathRequest {
  readonly scheme: 'http' | 'https'
  /** Without its port. */
  readonly host: string
  readonly method: string
  /** With its query string. */
  readonly path: string
  /** By the name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly clientIp: string
  /** @default 443 for https, 80 for http */
  readonly port?: number | undefined
  /** The name that the viewer has resolved, as with curl's `--connect-to`. @default the host */
  readonly address?: string | undefined
  /** Security groups of a caller in the network. Undefined: the viewer is on the Internet. */
  readonly callerGroupIds?: readonly string[] | undefined
  readonly body?: Buffer | undefined
}

/** @param name in lower case. Any word may be one, also a property that every object has */
export function headerOf(headers: PathRequest['headers'], name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined
}

export interface PathResponse {
  readonly status: number
  /** By the name in lower case. Several cookies of `set-cookie` have a line each. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What is wrong in the path, for the console. */
export interface PathProblem {
  /** The resource: `rule 1000 of listener 443 of tideway-local-external`. */
  readonly part: string
  readonly message: string
}
