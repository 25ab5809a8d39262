import { environmentNamed } from '@tideway/constructs/environments'
import { type CiRoleKind, ciRoleName } from '@tideway/constructs/names'
import type { StackName } from '@tideway/constructs/stacks'
import { account } from '../patches/account'

/** A role on this machine signs with a key that names it: `role.123456789012.tideway-local-ci-network-plan`. */
const roleKey = /^role\.(\d{12})\.(.+)$/
/** An operator has full access to an account. */
const operatorKey = /^operator(?:\.(\d{12}))?$/

export function accessKeyOf(roleArn: string): string {
  const [, , , , accountId, role = ''] = roleArn.split(':')
  return `role.${accountId}.${role.split('/').at(-1)}`
}

export function operatorKeyOf(accountId: string): string {
  return accountId === account.id ? 'operator' : `operator.${accountId}`
}

/** The role of a caller. Undefined for everyone else. */
export function roleOf(accessKeyId: string): string | undefined {
  const [, accountId, name] = roleKey.exec(accessKeyId) ?? []
  return name === undefined ? undefined : `arn:aws:iam::${accountId}:role/${name}`
}

/** A session of the caller's role, as AWS names it. Undefined for everyone else. */
export function callerArn(accessKeyId: string): string | undefined {
  const [, accountId, name] = roleKey.exec(accessKeyId) ?? []
  return name === undefined ? undefined : `arn:aws:sts::${accountId}:assumed-role/${name}/local`
}

/** The account of a caller, where it is not the one of the environment `local`. */
export function otherAccountOf(accessKeyId: string): string | undefined {
  const found = (roleKey.exec(accessKeyId) ?? operatorKey.exec(accessKeyId))?.[1]
  return found === account.id ? undefined : found
}

/** The role that plans or deploys a stack in CI. */
export function ciRoleArn(environmentName: string, stack: StackName, kind: CiRoleKind): string {
  const environment = environmentNamed(environmentName)
  return `arn:aws:iam::${environment.account}:role/${ciRoleName(environment, stack, kind)}`
}
