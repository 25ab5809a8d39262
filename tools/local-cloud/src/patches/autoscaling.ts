import { formInput } from '../gateway/aws-request'
import { isSuccess, rewritten } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { writeXml } from '../gateway/old-xml'

/** EC2 Auto Scaling. moto drops the warm-up of a group. Can go when a group with one settles. */
export function autoscaling(): MotoPatch {
  const warmups = new Map<string, string>()
  return {
    service: 'autoscaling',
    async handle(request, backend) {
      const answer = await backend(request)
      if (!isSuccess(answer)) return answer
      const input = formInput(request)
      const name = input.get('AutoScalingGroupName')
      const warmup = input.get('DefaultInstanceWarmup')
      if (name !== null && warmup !== null) warmups.set(name, warmup)
      if (request.operation !== 'DescribeAutoScalingGroups') return answer
      return rewritten(answer, (body) =>
        // Instances in a group name it too.
        body.replace(
          /<member><AutoScalingGroupName>([^<]*)<\/AutoScalingGroupName>/g,
          (group, named) => {
            const kept = warmups.get(named)
            return kept === undefined
              ? group
              : `${group}${writeXml({ DefaultInstanceWarmup: kept })}`
          },
        ),
      )
    },
  }
}
