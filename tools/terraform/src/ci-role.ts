import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environmentNamed } from '@tideway/constructs/environments'
import { type CiRoleKind, ciRoleName } from '@tideway/constructs/names'
import { TerraformToolError } from './errors'
import type { StackFolders } from './folders'

/** `plan` or `deploy`: which of a stack's two roles to assume in GitHub Actions. */
export const ciRoleVariable = 'TIDEWAY_CI_ROLE'

/**
 * In GitHub Actions, each stack is planned or deployed with its own role. A token of GitHub is valid for a few
 * minutes, so each stack requests its own. Elsewhere the credentials of the shell are used.
 */
export async function ciCredentials(
  { stack, environment, work }: StackFolders,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<NodeJS.ProcessEnv> {
  const kind = variables[ciRoleVariable]
  if (kind === undefined || kind === '') return {}
  if (!isKind(kind)) {
    throw new TerraformToolError(`${ciRoleVariable}: must be plan or deploy; got "${kind}".`)
  }
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = variables
  if (!url || !bearer) {
    throw new TerraformToolError(
      `${ciRoleVariable} is set, and GitHub provides no token. Give the job the permission "id-token: write".`,
    )
  }
  const response = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { authorization: `bearer ${bearer}` },
  })
  const body: unknown = response.ok ? await response.json() : undefined
  const token =
    typeof body === 'object' && body !== null && 'value' in body ? body.value : undefined
  if (typeof token !== 'string') {
    throw new TerraformToolError(
      `GitHub returned no token for AWS: HTTP ${response.status}. Run the job again.`,
    )
  }
  const file = join(work, '.terraform.token')
  writeFileSync(file, token, { mode: 0o600 })
  process.once('exit', () => rmSync(file, { force: true }))
  const settings = environmentNamed(environment)
  return {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: `arn:aws:iam::${settings.account}:role/${ciRoleName(settings, stack, kind)}`,
    AWS_ROLE_SESSION_NAME: `tideway-${kind}-${stack}`,
    // A plan role cannot write, so it cannot lock the state.
    ...(kind === 'plan' && { TF_CLI_ARGS_plan: '-lock=false' }),
  }
}

function isKind(kind: string): kind is CiRoleKind {
  return kind === 'plan' || kind === 'deploy'
}
