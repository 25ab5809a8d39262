import { type AccessRequest, allows } from '@tideway/constructs/iam-evaluator'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { jsonError, xmlError } from '../gateway/aws-response'
import { accessesOf, type Surroundings } from './access'
import { type Deployed, familyOf, roleName } from './deployed'
import type { Troubles } from './troubles'

/** What the functions may do: what their deployed roles allow. */
export class FunctionRights {
  private readonly around: Surroundings

  constructor(
    private readonly deployed: Deployed,
    private readonly troubles: Troubles,
    tagsOf: Surroundings['tagsOf'],
  ) {
    this.around = {
      tagsOf,
      rolesOf: (taskDefinition) => deployed.taskRoles.get(familyOf(taskDefinition)) ?? [],
      keyOf: (arn) => deployed.queues.find((queue) => queue.arn === arn)?.keyArn,
    }
  }

  /** What IAM says to a call of a function. Nothing where its role allows it. */
  refusal(name: string, request: AwsRequest): AwsResponse | undefined {
    const roleArn = this.deployed.functions.find((each) => each.name === name)?.roleArn ?? ''
    const denied = this.denied(name, roleArn, request)
    if (denied === undefined) return undefined
    const what = `${denied.action} on ${denied.resource}`
    this.troubles.add(
      `role ${roleName(roleArn)}`,
      `it does not allow ${what}, which function ${name} needs`,
    )
    const told = `User: ${roleArn} is not authorized to perform: ${denied.action} on resource: ${denied.resource}`
    return request.headers['x-amz-target'] === undefined
      ? xmlError('AccessDenied', told, 403)
      : jsonError('AccessDeniedException', told)
  }

  private denied(name: string, roleArn: string, request: AwsRequest): AccessRequest | undefined {
    const policies = this.deployed.rolePolicies.get(roleArn) ?? []
    try {
      return accessesOf(request, this.around).find((access) => !allows(policies, access))
    } catch (error) {
      // What is not known here cannot be said to be allowed.
      this.troubles.add(`function ${name}`, error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}
