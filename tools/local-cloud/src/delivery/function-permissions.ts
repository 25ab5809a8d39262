import { type AccessRequest, allows } from '@tideway/constructs/iam-evaluator'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { jsonError, xmlError } from '../gateway/aws-response'
import { type Deployed, familyOf, lastPart } from './deployed'
import { messageOf, type Problems } from './problems'
import { type ReferredResources, requiredAccess } from './required-access'

/** Allows the calls of functions by the policies of their deployed roles. */
export class FunctionPermissions {
  private readonly referred: ReferredResources

  constructor(
    private readonly deployed: Deployed,
    private readonly problems: Problems,
    tagsOf: ReferredResources['tagsOf'],
  ) {
    this.referred = {
      tagsOf,
      rolesOf: (taskDefinition) => deployed.taskRoles.get(familyOf(taskDefinition)) ?? [],
      keyOf: (arn) => deployed.queues.find((queue) => queue.arn === arn)?.keyArn,
    }
  }

  /** The error that AWS returns for a call that the role does not allow. Undefined if it is allowed. */
  denial(functionName: string, request: AwsRequest): AwsResponse | undefined {
    const roleArn = this.deployed.functions.find(({ name }) => name === functionName)?.roleArn ?? ''
    const denied = this.deniedAccess(functionName, roleArn, request)
    if (denied === undefined) return undefined
    const { action, resource } = denied
    this.problems.add(
      `role ${lastPart(roleArn)}`,
      `it does not allow ${action} on ${resource}, which function ${functionName} needs`,
    )
    const message = `User: ${roleArn} is not authorized to perform: ${action} on resource: ${resource}`
    return request.headers['x-amz-target'] === undefined
      ? xmlError('AccessDenied', message, 403)
      : jsonError('AccessDeniedException', message)
  }

  private deniedAccess(functionName: string, roleArn: string, request: AwsRequest) {
    const policies = this.deployed.rolePolicies.get(roleArn) ?? []
    const isDenied = (access: AccessRequest) => !allows(policies, access)
    try {
      return requiredAccess(request, this.referred).find(isDenied)
    } catch (error) {
      this.problems.add(`function ${functionName}`, messageOf(error))
      throw error
    }
  }
}
