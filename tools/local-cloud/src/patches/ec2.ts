import { formTree } from '@tideway/spot-simulator'
import { type AwsRequest, type AwsResponse, type Backend, formInput } from '../gateway/aws-request'
import { isSuccess, rewritten, xmlResponse } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementOf, writeXml, type OldXmlValue as XmlValue } from '../gateway/old-xml'
import { SpotFleets } from './spot-fleets'

/** EC2. What is put right, and when that can go, stands at each part. */
export class Ec2 implements MotoPatch {
  readonly service = 'ec2'
  private readonly fleets = new SpotFleets()
  private readonly ruleDescriptions = new Map<string, string>()
  /** Those whose beginning was set. */
  private readonly datedFleets = new Set<string>()

  resourceIds(): string[] {
    return this.fleets.active
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const { operation } = request
    const fleet = this.fleets.answer(operation, formTree(formInput(request)))
    if (fleet !== undefined) return ec2Answer(operation, fleet)
    const answer = await backend(request)
    if (!isSuccess(answer)) return answer
    if (/^AuthorizeSecurityGroup(Ingress|Egress)$/.test(operation))
      this.keepDescription(request, answer)
    switch (operation) {
      case 'DescribeSecurityGroupRules':
        return rewritten(answer, (body) => this.withDescriptions(body))
      case 'CreateFleet':
        this.keepFleet(request, answer)
        return answer
      case 'DescribeFleets':
        return rewritten(answer, (body) => this.asWritten(body))
      case 'DescribeLaunchTemplateVersions':
        return rewritten(answer, withoutOwnTags)
      default:
        return answer
    }
  }

  /** moto drops the description of a rule between groups. Can go when such a rule settles. */
  private keepDescription(request: AwsRequest, answer: AwsResponse): void {
    const description = [...formInput(request)].find(([key]) => key.endsWith('.Description'))?.[1]
    const id = /<securityGroupRuleId>([^<]*)</.exec(answer.body.toString())?.[1]
    if (id !== undefined && description !== undefined) this.ruleDescriptions.set(id, description)
  }

  /**
   * moto makes up when a fleet begins, and leaves out how many pools it uses: the provider would replace it. And its
   * end never comes. Can go when an EC2 fleet settles, and is destroyed.
   */
  private keepFleet(request: AwsRequest, answer: AwsResponse): void {
    const id = elementOf(answer.body.toString(), 'fleetId')
    if (id !== undefined && formInput(request).has('ValidFrom')) this.datedFleets.add(id)
  }

  private asWritten(body: string): string {
    return body
      .replaceAll('<fleetState>deleted_terminating<', '<fleetState>deleted<')
      .replace(/<fleetId>([^<]*)<[\s\S]*?<validFrom>[^<]*<\/validFrom>/g, (fleet, id: string) =>
        this.datedFleets.has(id) ? fleet : fleet.replace(/<validFrom>[^<]*<\/validFrom>/, ''),
      )
      .replace(/<spotOptions>[\s\S]*?<\/spotOptions>/g, (options) =>
        options.includes('<instancePoolsToUseCount>')
          ? options
          : options.replace(
              '</spotOptions>',
              '<instancePoolsToUseCount>1</instancePoolsToUseCount></spotOptions>',
            ),
      )
  }

  private withDescriptions(body: string): string {
    return body.replace(
      /<item>(?:(?!<item>)[\s\S])*?<securityGroupRuleId>([^<]*)<\/securityGroupRuleId>/g,
      (start, id: string) => {
        const description = this.ruleDescriptions.get(id)
        return description === undefined ? start : `${start}${writeXml({ description })}`
      },
    )
  }
}

function ec2Answer(operation: string, result: XmlValue): AwsResponse {
  const body = writeXml(result, {}, 'item')
  return xmlResponse(
    `<${operation}Response><requestId>local</requestId>${body}</${operation}Response>`,
  )
}

/** moto lists the tags of the template itself among those of what it starts. Can go when a tagged template settles. */
function withoutOwnTags(body: string): string {
  return body.replace(
    /<item><resourceType>launch-template<\/resourceType><tagSet>[\s\S]*?<\/tagSet><\/item>/g,
    '',
  )
}
