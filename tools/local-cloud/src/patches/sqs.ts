import {
  type AwsRequest,
  type AwsResponse,
  type Backend,
  jsonInput,
  withBody,
} from '../gateway/aws-request'
import { isSuccess, jsonResponse, rewritten } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { account } from './account'

/** What is JSON itself. */
const documents = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy']

interface Input {
  readonly QueueName?: string
  readonly QueueUrl?: string
  readonly Attributes?: Readonly<Record<string, string>>
  readonly AttributeNames?: readonly string[]
}

/**
 * SQS. moto spaces out a queue's documents, which the provider then waits for, and drops who may redrive. Can go when
 * a queue with dead letters and an allow policy settles. Its URLs hold the port, which is another at the next start.
 */
export class Sqs implements MotoPatch {
  readonly service = 'sqs'
  /** As they were written, by the name of the queue. */
  private readonly written = new Map<string, Map<string, string>>()

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const input = jsonInput<Input>(request)
    const answer = rewritten(await backend(asMotoKnows(request, input)), (body) =>
      body.replace(
        /https?:\/\/[^/"]+(?=\/\d{12}\/)/g,
        `https://sqs.${account.region}.amazonaws.com`,
      ),
    )
    if (!isSuccess(answer)) return answer
    const name = input.QueueName ?? input.QueueUrl?.split('/').at(-1) ?? ''
    switch (request.operation) {
      case 'CreateQueue':
      case 'SetQueueAttributes':
        this.keep(name, input.Attributes ?? {})
        return answer
      case 'DeleteQueue':
        this.written.delete(name)
        return answer
      case 'GetQueueAttributes':
        return this.restored(name, input.AttributeNames ?? [], answer)
      default:
        return answer
    }
  }

  private keep(queue: string, attributes: Readonly<Record<string, string>>): void {
    const kept = this.written.get(queue) ?? new Map<string, string>()
    this.written.set(queue, kept)
    for (const [name, value] of Object.entries(attributes)) {
      if (documents.includes(name)) kept.set(name, value)
    }
  }

  private restored(queue: string, asked: readonly string[], answer: AwsResponse): AwsResponse {
    const { Attributes = {} } = JSON.parse(answer.body.toString() || '{}')
    if (!asked.includes('All') && !asked.includes('QueueArn')) delete Attributes.QueueArn
    for (const [name, value] of this.written.get(queue) ?? []) {
      if (!asked.includes('All') && !asked.includes(name)) continue
      if (value === '') delete Attributes[name]
      else Attributes[name] = value
    }
    return jsonResponse(Object.keys(Attributes).length === 0 ? {} : { Attributes })
  }
}

/** moto refuses to be asked for a document that it does not keep. */
function asMotoKnows(request: AwsRequest, input: Input): AwsRequest {
  if (request.operation !== 'GetQueueAttributes') return request
  const AttributeNames = (input.AttributeNames ?? []).filter((name) => !documents.includes(name))
  // A call that asks for nothing must still find out whether the queue is there.
  return withBody(
    request,
    JSON.stringify({ ...input, AttributeNames: [...AttributeNames, 'QueueArn'] }),
  )
}
