import { callerArn } from '../access/callers'
import { queryResponse } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

/** STS. moto names one user for all keys. Remove it when the keys here are those of moto's roles. */
export function sts(): MotoPatch {
  return {
    service: 'sts',
    handle: async (request, backend) => {
      const Arn = callerArn(request.accessKeyId)
      if (request.operation !== 'GetCallerIdentity' || Arn === undefined) return backend(request)
      const Account = Arn.split(':')[4] ?? ''
      return queryResponse(request, { Arn, UserId: `AROALOCAL:${Arn.split('/').at(-1)}`, Account })
    },
  }
}
