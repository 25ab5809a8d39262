import { withBody } from '../gateway/aws-request'
import { rewritten } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

const logGroup = /(<CloudWatchLogsLogGroupArn>[^<]*?)(?::\*)?(<\/CloudWatchLogsLogGroupArn>)/g

/**
 * Route 53. moto wants to be told that a zone with a VPC is private, and that a log group's ARN ends in `:*`; AWS
 * sees both by itself. Can go when moto does.
 */
export function route53(): MotoPatch {
  return {
    service: 'route53',
    async handle(request, backend) {
      const asked = request.body
        .toString()
        .replace(/(<CreateHostedZoneRequest[\s\S]*<VPC>[\s\S]*)/, (body) =>
          body.includes('<PrivateZone>')
            ? body
            : body.replace(
                '</HostedZoneConfig>',
                '<PrivateZone>true</PrivateZone></HostedZoneConfig>',
              ),
        )
        .replace(logGroup, '$1:*$2')
      const answer = await backend(withBody(request, asked))
      return rewritten(answer, (body) => body.replace(logGroup, '$1$2'))
    },
  }
}
