import { type AwsRequest, type AwsResponse, type Backend, jsonInput } from '../gateway/aws-request'
import { isSuccess, jsonResponse, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import type { Input } from './operations'

/** Fields of a configuration that moto drops. */
const droppedFields = ['DeadLetterConfig', 'KMSKeyArn', 'LoggingConfig']

const functionsPath = /^\/2015-03-31\/functions(?:\/([^/?]+))?(\/[^?]*)?/

/**
 * Lambda. moto drops the key, the log group and the dead-letter queue of a function. Remove it when a second plan of a
 * function is empty. moto does not run code: this keeps uploaded zips for the function host, which also runs invocations.
 */
export class Lambda implements MotoPatch {
  readonly service = 'lambda'
  private readonly configurations = new Map<string, Input>()
  private readonly zips = new Map<string, Buffer>()

  /** Runs a function. Not set in a replay, which does not repeat invocations. */
  invoke: ((name: string, event: object) => Promise<unknown>) | undefined

  /** The last uploaded code of a function. */
  zipOf(name: string): Buffer | undefined {
    return this.zips.get(name)
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const path = functionsPath.exec(request.url)
    const name =
      decodeURIComponent(path?.[1] ?? '')
        .split(':')
        .at(-1) ?? ''
    if (path?.[2] === '/invocations') return this.invoked(name, jsonInput(request))
    const response = await backend(request)
    if (!isSuccess(response)) return response
    if (request.method === 'DELETE' && path?.[2] === undefined) {
      this.configurations.delete(name)
      this.zips.delete(name)
    }
    if (/POST|PUT/.test(request.method) && path !== null) this.store(name, jsonInput(request))
    return response.body.toString().startsWith('{') ? this.restored(response) : response
  }

  private async invoked(name: string, event: object): Promise<AwsResponse> {
    try {
      return jsonResponse((await this.invoke?.(name, event)) ?? null)
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error
      return jsonResponse({ errorType, errorMessage }, 200, {
        'x-amz-function-error': 'Unhandled',
      })
    }
  }

  private store(pathName: string, input: Input): void {
    const name = String(input.FunctionName ?? pathName)
    const { ZipFile = input.ZipFile } = (input.Code ?? {}) as Input
    if (ZipFile !== undefined) this.zips.set(name, Buffer.from(String(ZipFile), 'base64'))
    const written = Object.entries(input).filter(([field]) => droppedFields.includes(field))
    this.configurations.set(name, {
      ...this.configurations.get(name),
      ...Object.fromEntries(written),
    })
  }

  /** A response is one configuration, a configuration with its code, or a list of configurations. */
  private restored(response: AwsResponse): AwsResponse {
    return replaceText(response, (body) => {
      const output = JSON.parse(body)
      for (const configuration of output.Functions ?? [output.Configuration ?? output]) {
        // Event source mappings name their function too.
        if (configuration.UUID !== undefined) continue
        Object.assign(configuration, this.configurations.get(configuration.FunctionName))
      }
      return JSON.stringify(output)
    })
  }
}
