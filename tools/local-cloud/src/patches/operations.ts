import { AwsError, formTree } from '@tideway/spot-simulator'
import { type AwsRequest, type AwsResponse, formInput, jsonInput } from '../gateway/aws-request'
import { jsonError, jsonResponse, queryResponse, xmlError } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import type { XmlElement } from '../gateway/xml'

export type Input = Readonly<Record<string, unknown>>

/** Operations that a patch responds to itself, by name. Moto responds where the output is undefined. */
export type Operations = Readonly<Record<string, (input: Input) => object | undefined>>

/** A patch that responds to some operations from its own store. */
export function operationsPatch(
  service: string,
  operations: Operations,
  resourceIds: () => readonly string[] = () => [],
): MotoPatch {
  return {
    service,
    resourceIds,
    handle: async (request, backend) => respond(request, operations) ?? backend(request),
  }
}

export function respond(request: AwsRequest, operations: Operations): AwsResponse | undefined {
  try {
    const output = operations[request.operation]?.(inputOf(request))
    if (output === undefined) return undefined
    return isJson(request) ? jsonResponse(output) : queryResponse(request, output as XmlElement)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return (isJson(request) ? jsonError : xmlError)(error.code, error.message, error.status)
  }
}

/** Whether a request is in the JSON protocol, and not in the query protocol. */
export function isJson({ headers }: AwsRequest): boolean {
  return headers['x-amz-target'] !== undefined
}

export function inputOf(request: AwsRequest): Input {
  return isJson(request) ? jsonInput(request) : formTree(formInput(request))
}
