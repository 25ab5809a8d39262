import type { ServiceModel } from '../endpoint'
import { accountId } from './account'
import { callOperation, type Operations } from './operations'

/** STS, which says who calls. */
export class Sts implements ServiceModel {
  readonly protocol = 'query'

  constructor(private readonly callerArn = `arn:aws:iam::${accountId}:user/operator`) {}

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('sts', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    GetCallerIdentity: {
      parameters: [],
      run: () => ({ Account: accountId, Arn: this.callerArn, UserId: 'AIDASIMULATED' }),
    },
  }
}
