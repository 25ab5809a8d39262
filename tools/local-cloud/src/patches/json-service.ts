import { type AwsRequest, type AwsResponse, type Backend, jsonInput } from '../gateway/aws-request'
import { jsonError, jsonResponse } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

/** What a call is refused with. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

export type Input = Readonly<Record<string, unknown>>
export type Operation = (input: Input) => unknown

/** Answers some operations of a JSON service from a store of its own, and leaves the rest to the backend. */
export class JsonService implements MotoPatch {
  constructor(
    readonly service: string,
    private readonly operations: Readonly<Record<string, Operation>>,
    readonly resourceIds: () => readonly string[] = () => [],
  ) {}

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const operation = this.operations[request.operation]
    if (operation === undefined) return backend(request)
    try {
      const output = operation(jsonInput(request))
      return output === notMine ? backend(request) : jsonResponse(output)
    } catch (error) {
      if (error instanceof Refusal) return jsonError(error.code, error.message)
      throw error
    }
  }
}

/** What an operation answers when the backend is to. */
export const notMine = Symbol('not mine')
