import { type Environment, nameOf, type StackName } from '@tideway/constructs'

/** `plan` only reads, and is what a pull request gets; `deploy` changes the stack. */
export type RoleKind = 'plan' | 'deploy'

export function roleName(environment: Environment, stack: StackName, kind: RoleKind): string {
  return nameOf(environment, 'aws_iam_role', `ci-${stack}-${kind}`, `bootstrap/${stack}-roles`)
}
