import { denialResponse, judge } from '../access/authorizer'
import type { ReferredResources } from '../access/required-access'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { type Deployed, familyOf, lastPart } from './deployed'
import type { Problems } from './problems'

/** Allows the calls of functions by the policies of their deployed roles. */
export class FunctionPermissions {
  private readonly referred: ReferredResources

  constructor(
    private readonly deployed: Deployed,
    private readonly problems: Problems,
    tagsOf: (serviceArn: string) => Readonly<Record<string, string>>,
  ) {
    this.referred = {
      tagsOf: (arn) => (/:service\//.test(arn) ? tagsOf(arn) : undefined),
      rolesOf: (taskDefinition) => deployed.taskRoles.get(familyOf(taskDefinition)) ?? [],
      keyOf: (arn) => deployed.queues.find((queue) => queue.arn === arn)?.keyArn,
      aliasesOf: () => [],
      boundaryOf: () => undefined,
    }
  }

  /** The error that AWS returns for a call that the role does not allow. Undefined if it is allowed. */
  async denial(functionName: string, request: AwsRequest): Promise<AwsResponse | undefined> {
    const roleArn = this.deployed.functions.find(({ name }) => name === functionName)?.roleArn ?? ''
    const policies = this.deployed.rolePolicies.get(roleArn) ?? []
    const boundary = this.deployed.boundaries.get(roleArn)
    const principal = { roleArn, policies, boundary }
    const { denial, unknown } = await judge(principal, request, this.referred)
    for (const what of unknown) {
      this.problems.add(`function ${functionName}`, `its permission cannot be judged: ${what}`)
    }
    if (denial === undefined) return undefined
    this.problems.add(
      `role ${lastPart(roleArn)}`,
      `it does not allow ${denial.action} on ${denial.resource}, which function ${functionName} needs`,
    )
    return denialResponse(request, roleArn, denial)
  }
}
