import { withBody } from '../gateway/aws-request'
import { replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { readXml, writeXml, type XmlElement } from '../gateway/xml'

/**
 * Route 53. moto requires that a zone with a VPC is marked as private, and that a log group's ARN ends in `:*`.
 * Remove it when moto derives both, as AWS does.
 */
export function route53(): MotoPatch {
  return {
    service: 'route53',
    async handle(request, backend) {
      const response = await backend(withBody(request, asMotoExpects(request.body.toString())))
      return replaceText(response, (body) =>
        body.replaceAll(':*</CloudWatchLogsLogGroupArn>', '</CloudWatchLogsLogGroupArn>'),
      )
    },
  }
}

function asMotoExpects(body: string): string {
  const document = readXml(body)
  const zone = document.CreateHostedZoneRequest as XmlElement | undefined
  const logging = document.CreateQueryLoggingConfigRequest as XmlElement | undefined
  if (zone?.VPC !== undefined) {
    zone.HostedZoneConfig = { PrivateZone: 'true', ...(zone.HostedZoneConfig as XmlElement) }
  } else if (logging !== undefined) {
    const arn = String(logging.CloudWatchLogsLogGroupArn)
    logging.CloudWatchLogsLogGroupArn = arn.endsWith(':*') ? arn : `${arn}:*`
  } else return body
  return writeXml(document)
}
