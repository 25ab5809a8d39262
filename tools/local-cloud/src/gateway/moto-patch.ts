import type { AwsRequest, AwsResponse, Backend } from './aws-request'

/** Corrects what moto gets wrong about one service. */
export interface MotoPatch {
  readonly service: string
  /** Responds itself, or corrects the response of the backend. */
  handle(request: AwsRequest, backend: Backend): Promise<AwsResponse>
  /** Names of the live resources that only this patch stores: none after everything is destroyed. */
  resourceIds?(): readonly string[]
}
