import { type AwsRequest, type AwsResponse, type Backend, formInput } from '../gateway/aws-request'
import { editXml, isSuccess } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed, readXml, textNamed, type XmlElement } from '../gateway/xml'
import { respond } from './operations'
import { SpotFleets } from './spot-fleets'

/** EC2. The comment of each part describes what it corrects, and when to remove it. */
export class Ec2 implements MotoPatch {
  readonly service = 'ec2'
  private readonly spotFleets = new SpotFleets()
  private readonly ruleDescriptions = new Map<unknown, string>()
  /** Ids of the fleets that were created with a start time. */
  private readonly fleetsWithStart = new Set<unknown>()

  resourceIds(): string[] {
    return this.spotFleets.activeIds
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const spotFleetResponse = respond(request, this.spotFleets.operations)
    if (spotFleetResponse !== undefined) return spotFleetResponse
    const response = await backend(request)
    if (!isSuccess(response)) return response
    this.store(request, response)
    const edit = this.edits[request.operation]
    return edit === undefined ? response : editXml(response, edit)
  }

  private store(request: AwsRequest, { body }: AwsResponse): void {
    const input = formInput(request)
    if (/^AuthorizeSecurityGroup(Ingress|Egress)$/.test(request.operation)) {
      const description = [...input].find(([key]) => key.endsWith('.Description'))?.[1]
      const id = textNamed(readXml(body), 'securityGroupRuleId')
      if (description !== undefined) this.ruleDescriptions.set(id, description)
    }
    if (request.operation === 'CreateFleet' && input.has('ValidFrom')) {
      this.fleetsWithStart.add(textNamed(readXml(body), 'fleetId'))
    }
  }

  /** Changes to moto's responses, by operation. */
  private readonly edits: Readonly<Record<string, (document: XmlElement) => void>> = {
    /** moto drops the description of a rule between groups. Remove it when a second plan of such a rule is empty. */
    DescribeSecurityGroupRules: (document) => {
      for (const rule of elementsNamed(document, 'item')) {
        const description = this.ruleDescriptions.get(rule.securityGroupRuleId)
        if (description !== undefined) rule.description = description
      }
    },
    /**
     * moto adds a start time and omits the number of pools, so that the provider replaces the fleet. A deleted fleet
     * never terminates. Remove it when a second plan of an EC2 fleet is empty, and it can be destroyed.
     */
    DescribeFleets: (document) => {
      for (const fleet of elementsNamed(document, 'item')) {
        if (fleet.fleetId === undefined) continue
        if (fleet.fleetState === 'deleted_terminating') fleet.fleetState = 'deleted'
        if (!this.fleetsWithStart.has(fleet.fleetId)) delete fleet.validFrom
        for (const options of elementsNamed(fleet, 'spotOptions')) {
          options.instancePoolsToUseCount ??= '1'
        }
      }
    },
    /** moto adds the template's own tags to those of instances. Remove it when a second plan of a tagged template is empty. */
    DescribeLaunchTemplateVersions: (document) => {
      for (const specifications of elementsNamed(document, 'tagSpecificationSet')) {
        specifications.item = elementsNamed({ item: specifications.item }, 'item').filter(
          ({ resourceType }) => resourceType !== undefined && resourceType !== 'launch-template',
        )
      }
    },
  }
}
