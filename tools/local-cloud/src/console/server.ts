import type { IncomingMessage, ServerResponse } from 'node:http'
import { messageOf } from '../delivery/problems'
import { assets, page } from './page'
import type { Session } from './session'
import { style } from './style'

/** Serves the console on the port of the gateway, to requests without an AWS signature. */
export class Console {
  private readonly files: ReadonlyMap<string, { readonly type: string; readonly body: string }>

  /** @param updateMilliseconds between two updates of a page */
  constructor(
    private readonly session: Session,
    private readonly updateMilliseconds = 500,
  ) {
    const { script, uplot, uplotStyle } = assets()
    this.files = new Map([
      ['/', { type: 'text/html', body: page }],
      ['/console.js', { type: 'text/javascript', body: script }],
      ['/console.css', { type: 'text/css', body: style }],
      ['/uplot.js', { type: 'text/javascript', body: uplot }],
      ['/uplot.css', { type: 'text/css', body: uplotStyle }],
    ])
  }

  readonly handle = (
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
  ): unknown => {
    const { method, url = '/', headers } = incoming
    const host = headers.host ?? ''
    // Another host name means a request of another site (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
      return respond(outgoing, 403, 'text/plain', 'only for this machine\n')
    }
    const file = this.files.get(url.split('?')[0] ?? '')
    if (method === 'GET' && file !== undefined) return respond(outgoing, 200, file.type, file.body)
    switch (`${method} ${url}`) {
      case 'GET /state':
        return respond(outgoing, 200, 'application/json', JSON.stringify(this.session.state()))
      case 'GET /updates':
        return this.stream(outgoing)
      case 'POST /act':
        return headers.origin === `http://${host}`
          ? this.act(body, outgoing)
          : respond(outgoing, 403, 'text/plain', 'only from the console itself\n')
      default:
        return respond(outgoing, 404, 'text/plain', `not found: ${method} ${url}\n`)
    }
  }

  private act(body: Buffer, outgoing: ServerResponse): void {
    try {
      this.session.act(JSON.parse(body.toString()))
      respond(outgoing, 204, 'text/plain', '')
    } catch (error) {
      respond(outgoing, 400, 'text/plain', `${messageOf(error)}\n`)
    }
  }

  /** Sends the full state as a server-sent event, and then updates. */
  private stream(outgoing: ServerResponse): void {
    const send = (event: string, data: object) =>
      outgoing.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    outgoing.writeHead(200, headersOf('text/event-stream'))
    let { position } = this.session
    send('state', this.session.state())
    const timer = setInterval(() => {
      // A page that is asleep gets everything since then at once, from the bounded lists.
      if (outgoing.writableNeedDrain) return
      const update = this.session.updateSince(position)
      position = this.session.position
      if (update === undefined) send('state', this.session.state())
      else send('update', update)
    }, this.updateMilliseconds)
    outgoing.on('close', () => clearInterval(timer))
  }
}

/** The page loads nothing from other sites, and other sites cannot show it in a frame. */
function headersOf(type: string) {
  return {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  }
}

function respond(outgoing: ServerResponse, status: number, type: string, body: string): void {
  outgoing.writeHead(status, headersOf(type)).end(body)
}
