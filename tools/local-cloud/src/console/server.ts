import type { IncomingMessage, ServerResponse } from 'node:http'
import { assets, page, style } from './page'
import type { Action, Picture, Update } from './state'

/** What the console shows, and what its buttons do. */
export interface Shown {
  picture(): Picture & { readonly mark: Mark }
  /** What has come since a mark was made, and the next mark. */
  since(mark: Mark): Update & { readonly mark: Mark }
  act(action: Action): void
}

/** How much of a story somebody has seen. */
export interface Mark {
  readonly samples: number
  readonly happenings: number
}

const everyMilliseconds = 500

/** The console, on the same port as the AWS that it shows: what is not signed is not for AWS. */
export class Console {
  private readonly files: ReadonlyMap<string, { readonly type: string; readonly body: string }>

  constructor(private readonly shown: Shown) {
    const { script, uplot, uplotStyle } = assets()
    this.files = new Map([
      ['/', { type: 'text/html', body: page }],
      ['/console.js', { type: 'text/javascript', body: script }],
      ['/console.css', { type: 'text/css', body: style }],
      ['/uplot.js', { type: 'text/javascript', body: uplot }],
      ['/uplot.css', { type: 'text/css', body: uplotStyle }],
    ])
  }

  /** Answers a request of a browser. Another host name would be another site's, that leads its visitors here. */
  async handle(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<void> {
    const { method, url = '/', headers } = incoming
    const host = headers.host ?? ''
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
      return respond(outgoing, 403, 'text/plain', 'only for this machine\n')
    }
    const file = this.files.get(url.split('?')[0] ?? '')
    if (method === 'GET' && file !== undefined) return respond(outgoing, 200, file.type, file.body)
    if (method === 'GET' && url === '/picture') {
      return respond(outgoing, 200, 'application/json', JSON.stringify(this.shown.picture()))
    }
    if (method === 'GET' && url === '/updates') return this.stream(outgoing)
    if (method === 'POST' && url === '/act') {
      const isOurs = headers.origin === `http://${host}`
      if (!isOurs) return respond(outgoing, 403, 'text/plain', 'only from the console itself\n')
      return this.act(body, outgoing)
    }
    respond(outgoing, 404, 'text/plain', `nothing is at ${method} ${url}\n`)
  }

  private act(body: Buffer, outgoing: ServerResponse): void {
    try {
      this.shown.act(actionIn(JSON.parse(body.toString())))
      respond(outgoing, 204, 'text/plain', '')
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error)
      respond(outgoing, 400, 'text/plain', `${told}\n`)
    }
  }

  /** Server-sent events: the whole picture first, then what comes. */
  private stream(outgoing: ServerResponse): void {
    const send = (event: string, data: object) =>
      outgoing.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    outgoing.writeHead(200, headers('text/event-stream'))
    let { mark, ...picture } = this.shown.picture()
    send('picture', picture)
    const timer = setInterval(() => {
      const { mark: next, ...update } = this.shown.since(mark)
      mark = next
      send('update', update)
    }, everyMilliseconds)
    outgoing.on('close', () => clearInterval(timer))
  }
}

const kinds: readonly string[] = ['drought', 'interrupt', 'break-zone', 'release', 'speed']

function actionIn(told: Action): Action {
  if (kinds.includes(told.kind)) return told
  throw new RangeError(`kind: must be one of ${kinds.join(', ')}; got ${told.kind}`)
}

/** Nothing of another site is loaded, and no other site can show this one in a frame. */
function headers(type: string) {
  return {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  }
}

function respond(outgoing: ServerResponse, status: number, type: string, body: string): void {
  outgoing.writeHead(status, headers(type)).end(body)
}
