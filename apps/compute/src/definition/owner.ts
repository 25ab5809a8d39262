import {
  type Checks,
  costCentreRule,
  isEmail,
  isName,
  isStrings,
  stacks,
} from '@tideway/constructs'
import { isUnique } from './values'

/** Who is responsible for a service. */
export interface OwnerFields {
  /**
   * The team that owns the service, as GitHub names it: in the tag `owner`, in CODEOWNERS, and in the name of the topic
   * that its alarms go to. A scheduled task with an owner also has an alarm for failed runs.
   *
   * @default the team of the compute stack
   * @example owner: 'payments-team'
   */
  readonly owner?: string
  /**
   * E-mail addresses of the owner, for the alarms of all its services. Environments without addresses of their own, such
   * as dev, send no e-mails.
   *
   * @default those of the environment
   * @example owner: 'payments-team', alarmEmails: ['payments@tideway.example']
   */
  readonly alarmEmails?: readonly string[]
  /**
   * The cost allocation tag `cost-centre` of everything that belongs to the service.
   *
   * @default that of the environment
   * @example costCentre: 'payments'
   */
  readonly costCentre?: string
}

export function ownerChecks({ owner, alarmEmails, costCentre }: OwnerFields): Checks<OwnerFields> {
  return {
    owner: [
      [
        owner === undefined || (isName(owner) && owner.length <= 64),
        'be a team of GitHub: 64 lower-case letters, digits and single hyphens at most, starting with a letter',
        'Write the team without the organization.',
      ],
    ],
    alarmEmails: [
      [
        alarmEmails === undefined ||
          (isStrings(alarmEmails) && alarmEmails.every(isEmail) && isUnique(alarmEmails)),
        'be a list of e-mail addresses, each once',
        'Correct the list.',
      ],
      [
        alarmEmails === undefined || hasTopic({ owner }),
        `come with an owner other than ${stacks.compute.owner}: the environment has the addresses of that team`,
        'Name the owner.',
      ],
    ],
    costCentre: [
      [
        costCentre === undefined ||
          (costCentreRule.hasType(costCentre) && costCentreRule.isValid(costCentre)),
        costCentreRule.must,
        'Name the cost centre that pays for this service.',
      ],
    ],
  }
}

/** Whether the alarms go to a topic of the owner. */
export function hasTopic(fields: Pick<OwnerFields, 'owner'>): fields is { readonly owner: string } {
  return fields.owner !== undefined && fields.owner !== stacks.compute.owner
}

/** The tags that replace those of the stack, if there are any. */
export function ownerTags({ owner, costCentre }: OwnerFields): Record<string, string> | undefined {
  if (owner === undefined && costCentre === undefined) return undefined
  return { ...(owner && { owner }), ...(costCentre && { 'cost-centre': costCentre }) }
}
