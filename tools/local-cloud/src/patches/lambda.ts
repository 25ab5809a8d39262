import { type AwsRequest, type AwsResponse, type Backend, jsonInput } from '../gateway/aws-request'
import { isSuccess, rewritten } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

interface Written {
  readonly FunctionName?: string
  readonly Code?: { readonly ZipFile?: string }
  readonly ZipFile?: string
  readonly [field: string]: unknown
}

/** What moto drops of a configuration. */
const dropped = ['DeadLetterConfig', 'KMSKeyArn', 'LoggingConfig']

const functions = /^\/2015-03-31\/functions(?:\/([^/?]+))?(\/[^?]*)?/

/**
 * Lambda. moto drops the key, the log group and the dead letters of a function, which can go when one settles. And
 * it cannot run code: what was uploaded is kept here for that.
 */
export class Lambda implements MotoPatch {
  readonly service = 'lambda'
  private readonly written = new Map<string, Record<string, unknown>>()
  private readonly zips = new Map<string, Buffer>()

  /** The code of a function, as it was uploaded last. */
  zipOf(name: string): Buffer | undefined {
    return this.zips.get(name)
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const answer = await backend(request)
    const [, encoded = '', part = ''] = functions.exec(request.url) ?? []
    if (!isSuccess(answer)) return answer
    const inPath = decodeURIComponent(encoded).split(':').at(-1) ?? ''
    if (request.method === 'DELETE' && part === '') this.forget(inPath)
    const isWrite = request.method === 'POST' || request.method === 'PUT'
    if (isWrite && functions.test(request.url)) {
      const input = jsonInput<Written>(request)
      const name = input.FunctionName ?? inPath
      const zip = input.Code?.ZipFile ?? input.ZipFile
      if (zip !== undefined) this.zips.set(name, Buffer.from(zip, 'base64'))
      const given = dropped.filter((field) => input[field] !== undefined)
      const fields = Object.fromEntries(given.map((field) => [field, input[field]]))
      this.written.set(name, { ...this.written.get(name), ...fields })
    }
    return this.restored(answer)
  }

  private forget(name: string): void {
    this.written.delete(name)
    this.zips.delete(name)
  }

  /** A configuration stands alone, beside the code, or in a list. */
  private restored(answer: AwsResponse): AwsResponse {
    if (!answer.body.subarray(0, 1).equals(Buffer.from('{'))) return answer
    return rewritten(answer, (body) => {
      const told = JSON.parse(body)
      for (const configuration of told.Functions ?? [told.Configuration ?? told]) {
        // A mapping names its function too.
        if (configuration.UUID !== undefined) continue
        Object.assign(configuration, this.written.get(configuration.FunctionName))
      }
      return JSON.stringify(told)
    })
  }
}
