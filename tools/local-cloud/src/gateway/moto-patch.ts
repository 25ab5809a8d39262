import type { AwsRequest, AwsResponse, Backend } from './aws-request'

/** Corrects the responses of moto for one service. */
export interface MotoPatch {
  readonly service: string
  /** Returns its own response, or corrects that of the backend. */
  handle(request: AwsRequest, backend: Backend): Promise<AwsResponse>
  /** The names of the resources that only this patch stores. Empty after a destroy. */
  resourceIds?(): readonly string[]
}
