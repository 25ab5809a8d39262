import { type AwsRequest, type Backend, formInput, queryRequest } from '../gateway/aws-request'
import { editXml, isSuccess } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed, readXml, textsNamed } from '../gateway/xml'

/**
 * EC2 Auto Scaling. moto drops the warm-up of a group, and keeps protected instances of a group that is force-deleted.
 * Remove it when a second plan of a group with a warm-up is empty, and when no such instance is left.
 */
export function autoscaling(): MotoPatch {
  const warmups = new Map<string, string>()
  return {
    service: 'autoscaling',
    async handle(request, backend) {
      const input = formInput(request)
      const name = input.get('AutoScalingGroupName')
      if (name !== null && input.get('ForceDelete') === 'true') {
        await removeProtection(name, request, backend)
      }
      const response = await backend(request)
      if (!isSuccess(response)) return response
      const warmup = input.get('DefaultInstanceWarmup')
      if (name !== null && warmup !== null) warmups.set(name, warmup)
      if (request.operation !== 'DescribeAutoScalingGroups') return response
      return editXml(response, (document) => {
        for (const group of elementsNamed(document, 'member')) {
          const stored = warmups.get(String(group.AutoScalingGroupName))
          // Instances in a group name it too.
          if (stored !== undefined && group.InstanceId === undefined) {
            group.DefaultInstanceWarmup = stored
          }
        }
      })
    },
  }
}

async function removeProtection(group: string, request: AwsRequest, backend: Backend) {
  const names = { 'AutoScalingGroupNames.member.1': group }
  const { body } = await backend(queryRequest(request, 'DescribeAutoScalingGroups', names))
  const ids = textsNamed(readXml(body), 'InstanceId')
  if (ids.length === 0) return
  const members = ids.map((id, index) => [`InstanceIds.member.${index + 1}`, id])
  const input = { AutoScalingGroupName: group, ProtectedFromScaleIn: 'false' }
  const all = { ...input, ...Object.fromEntries(members) }
  await backend(queryRequest(request, 'SetInstanceProtection', all))
}
