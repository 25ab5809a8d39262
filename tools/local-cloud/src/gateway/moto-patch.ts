import type { AwsAnswer, AwsRequest, Backend } from './aws-request'

/** What the emulator gets wrong of one service, put right. */
export interface MotoPatch {
  readonly service: string
  /** Answers a call itself, or lets the backend answer and corrects that. */
  answer(request: AwsRequest, backend: Backend): Promise<AwsAnswer>
  /** What is there now of what only this keeps, by names: nothing, when all is destroyed. */
  resourceIds?(): readonly string[]
}
