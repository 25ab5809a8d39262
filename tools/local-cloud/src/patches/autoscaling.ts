import { formInput } from '../gateway/aws-request'
import { editXml, isSuccess } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed } from '../gateway/xml'

/** EC2 Auto Scaling. moto drops the warm-up of a group. Remove it when a second plan of a group with one is empty. */
export function autoscaling(): MotoPatch {
  const warmups = new Map<string, string>()
  return {
    service: 'autoscaling',
    async handle(request, backend) {
      const response = await backend(request)
      if (!isSuccess(response)) return response
      const input = formInput(request)
      const name = input.get('AutoScalingGroupName')
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
