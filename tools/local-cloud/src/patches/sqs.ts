import { type AwsRequest, jsonInput, withBody } from '../gateway/aws-request'
import { isSuccess, jsonResponse, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { account } from './account'

type Attributes = Record<string, string>

interface Input {
  readonly QueueName?: string
  readonly QueueUrl?: string
  readonly Attributes?: Attributes
  readonly AttributeNames?: readonly string[]
}

/**
 * SQS. moto adds spaces to a queue's documents, so that the provider times out, and drops the redrive allow
 * policy. Its queue URLs contain its port, which differs after a restart. Remove it when a second plan of a queue with a
 * dead-letter queue and an allow policy is empty, before and after a restart.
 */
export function sqs(): MotoPatch {
  const documentsByQueue = new Map<string, Attributes>()
  return {
    service: 'sqs',
    async handle(request, backend) {
      const input = jsonInput<Input>(request)
      const response = replaceText(await backend(withoutDocuments(request, input)), (body) =>
        body.replace(
          /https?:\/\/[^/"]+(?=\/\d{12}\/)/g,
          `https://sqs.${account.region}.amazonaws.com`,
        ),
      )
      if (!isSuccess(response)) return response
      const queue = input.QueueName ?? input.QueueUrl?.split('/').at(-1) ?? ''
      const stored = documentsByQueue.get(queue)
      if (request.operation === 'CreateQueue' || request.operation === 'SetQueueAttributes') {
        const written = Object.entries(input.Attributes ?? {}).filter(([name]) => isDocument(name))
        documentsByQueue.set(queue, { ...stored, ...Object.fromEntries(written) })
      }
      if (request.operation === 'DeleteQueue') documentsByQueue.delete(queue)
      if (request.operation !== 'GetQueueAttributes') return response
      const { Attributes } = JSON.parse(response.body.toString() || '{}')
      const names = input.AttributeNames ?? []
      const requested = Object.entries({ ...Attributes, ...stored }).filter(
        ([name, value]) =>
          (names.includes('All') || names.includes(name)) && !(isDocument(name) && value === ''),
      )
      return jsonResponse(requested.length > 0 ? { Attributes: Object.fromEntries(requested) } : {})
    },
  }
}

function isDocument(attribute: string): boolean {
  return ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy'].includes(attribute)
}

/** moto rejects requests for documents that it does not store. */
function withoutDocuments(request: AwsRequest, input: Input): AwsRequest {
  if (request.operation !== 'GetQueueAttributes') return request
  const names = (input.AttributeNames ?? []).filter((name) => !isDocument(name))
  // Requests at least one attribute, so that a missing queue still fails.
  return withBody(request, JSON.stringify({ ...input, AttributeNames: [...names, 'QueueArn'] }))
}
