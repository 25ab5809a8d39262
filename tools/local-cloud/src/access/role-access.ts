import type { AccessRequest } from '@tideway/constructs/iam-evaluator'
import type { AwsClients } from '../aws-clients'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { type Denial, decide, denialResponse, judge, type Principal } from './authorizer'
import { roleOf } from './callers'
import { DeployedRoles } from './deployed-roles'
import { serviceCalls } from './service-calls'
import { withoutAction } from './without-action'

interface AllowedCall {
  readonly principal: Principal
  readonly required: readonly AccessRequest[]
}

/** Allows the calls of roles by their deployed policies, and records what they called. */
export class RoleAccess {
  /** Denied calls, as lines. Without those of actions that a test took. */
  readonly denied = new Set<string>()
  /** What could not be judged, as lines. */
  readonly unknown = new Set<string>()
  /** The action that each role lacks for a test. */
  private readonly taken = new Map<string, string>()
  private readonly accounts = new Map<string, DeployedRoles>()
  /** One call for each role and action. */
  private readonly allowed = new Map<string, AllowedCall>()

  constructor(private readonly url: string) {}

  /** The error that AWS returns for a call that the caller's role does not allow. Undefined if it is allowed. */
  readonly authorize = async (request: AwsRequest): Promise<AwsResponse | undefined> => {
    for (const roles of this.accounts.values()) roles.notice(request)
    const roleArn = roleOf(request.accessKeyId)
    if (roleArn === undefined) return undefined
    const roles = this.rolesOf(roleArn.split(':')[4] ?? '')
    const principal = await this.principal(roles, roleArn)
    const { denial, unknown, required } = await judge(principal, request, roles)
    for (const what of unknown) this.unknown.add(`${roleName(roleArn)}: ${what}`)
    if (denial !== undefined) {
      if (denial.action !== this.taken.get(roleArn)) this.denied.add(lineOf(roleArn, denial))
      return denialResponse(request, roleArn, denial)
    }
    this.remember(principal, required)
    return undefined
  }

  /** What the roles of services do not allow them to do for what is deployed. */
  async deniedServiceCalls(aws: AwsClients): Promise<string[]> {
    const lines = new Set<string>()
    for (const { caller, roleArn, request } of await serviceCalls(this.url, aws)) {
      const roles = this.rolesOf(roleArn.split(':')[4] ?? '')
      const principal = await roles.principal(roleArn)
      const { denial, unknown, required } = await judge(principal, request, roles)
      for (const what of unknown) this.unknown.add(`${roleName(roleArn)}: ${what}`)
      if (denial === undefined) this.remember(principal, required)
      else lines.add(`${lineOf(roleArn, denial)}; ${caller} needs it`)
    }
    return [...lines]
  }

  /** The actions that a role was allowed. */
  calledBy(roleArn: string): string[] {
    return [...this.allowed.keys()].flatMap((key) => {
      const [arn, action = ''] = key.split(' ')
      return arn === roleArn ? [action] : []
    })
  }

  /** Takes an action from the policies that calls are decided by, until it is restored. */
  take(roleArn: string, action: string): () => void {
    this.taken.set(roleArn, action)
    return () => this.taken.delete(roleArn)
  }

  /**
   * Takes each of a sample of the called actions from its role, and decides the recorded call again. Returns those that
   * the role allows all the same, or whose denial names another action.
   *
   * @param count the most actions to take, spread over all roles
   */
  async survivors(count: number): Promise<{ taken: number; survivors: string[] }> {
    const calls = [...this.allowed]
    const step = Math.max(1, Math.floor(calls.length / count))
    const sample = calls.filter((_, index) => index % step === 0).slice(0, count)
    const survivors: string[] = []
    for (const [key, { principal, required }] of sample) {
      const action = key.split(' ')[1] ?? ''
      const policies = await withoutAction(principal.policies, action)
      const { denial } = decide({ ...principal, policies }, required)
      if (denial?.action !== action) survivors.push(`${key}: ${denial?.action ?? 'still allowed'}`)
    }
    return { taken: sample.length, survivors }
  }

  private remember(principal: Principal, required: readonly AccessRequest[]): void {
    for (const { action } of required) {
      const key = `${principal.roleArn} ${action}`
      if (!this.allowed.has(key)) this.allowed.set(key, { principal, required })
    }
  }

  private async principal(roles: DeployedRoles, roleArn: string): Promise<Principal> {
    const principal = await roles.principal(roleArn)
    const action = this.taken.get(roleArn)
    if (action === undefined) return principal
    return { ...principal, policies: await withoutAction(principal.policies, action) }
  }

  private rolesOf(accountId: string): DeployedRoles {
    const known = this.accounts.get(accountId) ?? new DeployedRoles(this.url, accountId)
    this.accounts.set(accountId, known)
    return known
  }
}

function lineOf(roleArn: string, { action, resource, reason }: Denial): string {
  return `role ${roleName(roleArn)} does not allow ${action} on ${resource}, ${reason}`
}

function roleName(roleArn: string): string {
  return roleArn.split('/').at(-1) ?? roleArn
}
