import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Aws } from '../aws'
import { failedCalls } from '../errors'

export interface Experiment {
  readonly id: string
  readonly experimentTemplateId: string
  readonly state: { readonly status: string; readonly reason?: string }
  readonly tags?: Readonly<Record<string, string>>
}

export interface ExperimentTemplate {
  readonly id: string
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * The part of AWS's fault injection service that a game day calls. The client of the SDK that is installed is too old, so
 * requests are signed here, and sent with the settings of another client: its credentials, region, endpoint and retries.
 */
export class Fis {
  constructor(private readonly ecs: Aws['ecs']) {}

  async templates(): Promise<ExperimentTemplate[]> {
    return this.all<ExperimentTemplate>(
      'ListExperimentTemplates',
      '/experimentTemplates',
      'experimentTemplates',
    )
  }

  async experiments(): Promise<Experiment[]> {
    return this.all<Experiment>('ListExperiments', '/experiments', 'experiments')
  }

  async get(id: string): Promise<Experiment> {
    return (await this.call('GetExperiment', 'GET', `/experiments/${id}`)).experiment as Experiment
  }

  /** A repeated call with the same token returns the same experiment. */
  async start(
    template: string,
    token: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<Experiment> {
    const body = { clientToken: token, experimentTemplateId: template, tags }
    return (await this.call('StartExperiment', 'POST', '/experiments', body))
      .experiment as Experiment
  }

  async stop(id: string): Promise<void> {
    await this.call('StopExperiment', 'DELETE', `/experiments/${id}`)
  }

  private async all<Item>(operation: string, path: string, field: string): Promise<Item[]> {
    const found: Item[] = []
    let nextToken: string | undefined
    do {
      const page = await this.call(operation, 'GET', path, undefined, nextToken)
      found.push(...((page[field] ?? []) as Item[]))
      nextToken = page.nextToken as string | undefined
    } while (nextToken !== undefined)
    return found
  }

  private async call(
    operation: string,
    method: string,
    path: string,
    body?: object,
    nextToken?: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    try {
      for (let attempt = 1; ; attempt++) {
        const answer = await this.send(method, path, body, nextToken)
        if (answer.status < 300) return answer.body
        const isTransient = answer.status === 429 || answer.status >= 500
        if (!isTransient || attempt === maxAttempts) throw errorOf(answer)
        await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt))
      }
    } catch (error) {
      if (error instanceof Error) failedCalls.set(error, `fis:${operation}`)
      throw error
    }
  }

  private async send(method: string, path: string, body?: object, nextToken?: string) {
    const { config } = this.ecs
    const region = await config.region()
    const endpoint = await config.endpoint?.()
    const hostname = endpoint?.hostname ?? `fis.${region}.amazonaws.com`
    const port = endpoint?.port
    const request = new HttpRequest({
      method,
      protocol: endpoint?.protocol ?? 'https:',
      hostname,
      ...(port !== undefined && { port }),
      path,
      ...(nextToken !== undefined && { query: { nextToken } }),
      headers: {
        host: port === undefined ? hostname : `${hostname}:${port}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const signer = new SignatureV4({
      service: 'fis',
      region,
      credentials: config.credentials,
      sha256: config.sha256,
    })
    // The clock of this computer can be wrong. The client has the difference from the answers of AWS.
    const { systemClockOffset = 0 } = config as { readonly systemClockOffset?: number }
    const signingDate = new Date(Date.now() + systemClockOffset)
    const signed = (await signer.sign(request, { signingDate })) as HttpRequest
    const { response } = await config.requestHandler.handle(signed)
    return readAnswer(
      response.statusCode,
      response.headers,
      await config.streamCollector(response.body),
    )
  }
}

const maxAttempts = 4

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

function readAnswer(status: number, headers: Answer['headers'], bytes: Uint8Array): Answer {
  const text = Buffer.from(bytes).toString()
  try {
    return { status, headers, body: JSON.parse(text || '{}') }
  } catch {
    return { status, headers, body: { message: text.slice(0, 200) } }
  }
}

function errorOf({ status, headers, body }: Answer): Error {
  const type = headers['x-amzn-errortype'] ?? body.__type ?? `HTTP ${status}`
  const name = String(type).split(':')[0]?.split('#').at(-1) ?? ''
  return Object.assign(new Error(String(body.message ?? body.Message ?? '')), { name })
}
