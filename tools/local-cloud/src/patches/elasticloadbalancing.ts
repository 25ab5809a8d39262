import { type AwsRequest, formInput } from '../gateway/aws-request'
import { editXml, isSuccess } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed, type XmlValue } from '../gateway/xml'

/**
 * Elastic Load Balancing. moto ignores a change of the gRPC codes of a health check. Remove it when a second plan is empty after
 * that change.
 */
export function elasticLoadBalancing(): MotoPatch {
  const grpcCodes = new Map<XmlValue, string>()
  const store = (request: AwsRequest) => {
    const input = formInput(request)
    const codes = input.get('Matcher.GrpcCode')
    if (codes !== null) grpcCodes.set(input.get('TargetGroupArn') ?? undefined, codes)
  }
  return {
    service: 'elasticloadbalancing',
    async handle(request, backend) {
      const response = await backend(request)
      const { operation } = request
      if (!isSuccess(response) || !/^(Modify|Describe)TargetGroups?$/.test(operation)) {
        return response
      }
      if (operation === 'ModifyTargetGroup') store(request)
      if (grpcCodes.size === 0) return response
      return editXml(response, (document) => {
        for (const group of elementsNamed(document, 'member')) {
          const codes = grpcCodes.get(group.TargetGroupArn)
          if (codes !== undefined) group.Matcher = { GrpcCode: codes }
        }
      })
    },
  }
}
