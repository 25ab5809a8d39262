import { type AccessRequest, allows, type PolicyDocument } from '@tideway/constructs/iam-evaluator'
import { type Denial, denialResponse, judge } from '../access/authorizer'
import type { ReferredResources } from '../access/required-access'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { type Deployed, familyOf, lastPart } from './deployed'
import type { Problems } from './problems'

/** Allows the calls of functions and services by the policies of their deployed roles. */
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
    return this.denialOf(roleArn, request, `function ${functionName}`)
  }

  /** @param caller who calls with the role: `function x`, `state machine y` */
  async denialOf(
    roleArn: string,
    request: AwsRequest,
    caller: string,
  ): Promise<AwsResponse | undefined> {
    const principal = {
      roleArn,
      policies: this.policiesOf(roleArn),
      boundary: this.boundaryOf(roleArn),
    }
    const { denial, unknown } = await judge(principal, request, this.referred)
    for (const what of unknown) {
      this.problems.add(caller, `its permission cannot be judged: ${what}`)
    }
    return denial && this.denied(roleArn, request, denial, caller)
  }

  /** The error that AWS returns for a call whose further access the role does not allow. */
  denialTo(
    roleArn: string,
    request: AwsRequest,
    required: readonly AccessRequest[],
    caller: string,
  ): AwsResponse | undefined {
    const denied = this.deniedTo(roleArn, required)
    if (denied === undefined) return undefined
    const { action, resource } = denied
    const reason = `because no identity-based policy allows the ${action} action`
    return this.denied(roleArn, request, { action, resource, reason }, caller)
  }

  /** The first request that a role does not allow. */
  deniedTo(roleArn: string, requests: readonly AccessRequest[]): AccessRequest | undefined {
    const policies = this.policiesOf(roleArn)
    const boundary = this.boundaryOf(roleArn)
    return requests.find(
      (request) => !allows(policies, request) || (boundary && !allows([boundary], request)),
    )
  }

  private denied(
    roleArn: string,
    request: AwsRequest,
    denial: Denial,
    caller: string,
  ): AwsResponse {
    const { action, resource } = denial
    this.problems.add(
      `role ${lastPart(roleArn)}`,
      `it does not allow ${action} on ${resource}, which ${caller} needs`,
    )
    return denialResponse(request, roleArn, denial)
  }

  private policiesOf(roleArn: string): readonly PolicyDocument[] {
    return this.deployed.rolePolicies.get(roleArn) ?? []
  }

  private boundaryOf(roleArn: string): PolicyDocument | undefined {
    return this.deployed.boundaries.get(roleArn)
  }
}
