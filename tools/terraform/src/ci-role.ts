import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environmentNamed } from '@tideway/constructs/environments'
import { type CiRoleKind, ciRoleName } from '@tideway/constructs/names'
import { TerraformToolError } from './errors'
import type { StackFolders } from './folders'

/** `plan` or `deploy`: which of a stack's two roles to assume in GitHub Actions. */
const ciRoleVariable = 'TIDEWAY_CI_ROLE'

/** Shorter than the few minutes for which a token of GitHub is valid, so that one failed renewal does no harm. */
const renewMs = 2 * 60 * 1000
const requestTimeoutMs = 30_000

/** Ends the renewals of each token, by its file. */
const renewals = new Map<string, AbortController>()

/**
 * In GitHub Actions, each stack is planned or deployed with its own role. A session lasts one hour and a token of GitHub
 * a few minutes, but a deploy may take longer than both. So the file always has a valid token, with which Terraform
 * assumes the role again, until `stopRenewing`. Elsewhere the credentials of the shell are used.
 */
export async function ciCredentials(
  { stack, environment, work }: StackFolders,
  variables: NodeJS.ProcessEnv = process.env,
  warn: (text: string) => void = (text) => void process.stderr.write(`${text}\n`),
): Promise<NodeJS.ProcessEnv> {
  const kind = variables[ciRoleVariable]
  if (kind === undefined || kind === '') return {}
  if (!isKind(kind)) {
    throw new TerraformToolError(`${ciRoleVariable}: must be plan or deploy; got "${kind}".`)
  }
  const file = join(work, '.terraform.token')
  replaceFile(file, await requestToken(variables, 'Run the job again.'))
  if (!renewals.has(file)) {
    const stop = new AbortController()
    renewals.set(file, stop)
    const renew = async () => {
      try {
        const token = await requestToken(variables, 'It is requested again soon.', stop.signal)
        if (!stop.signal.aborted) replaceFile(file, token)
      } catch (error) {
        if (stop.signal.aborted) return
        warn(`  ${stack}: ${(error as Error).message}`)
      }
    }
    // The timer alone does not keep the process alive.
    const timer = setInterval(renew, renewMs).unref()
    stop.signal.addEventListener('abort', () => {
      clearInterval(timer)
      rmSync(file, { force: true })
    })
    process.once('exit', stopRenewing)
  }
  const settings = environmentNamed(environment)
  return {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: `arn:aws:iam::${settings.account}:role/${ciRoleName(settings, stack, kind)}`,
    AWS_ROLE_SESSION_NAME: `tideway-${kind}-${stack}`,
    // A plan role cannot write, so it cannot lock the state.
    ...(kind === 'plan' && { TF_CLI_ARGS_plan: '-lock=false' }),
  }
}

/** Stops the renewals and removes the tokens. Call it when Terraform has exited: after a signal, it still saves the state. */
export function stopRenewing(): void {
  for (const stop of renewals.values()) stop.abort()
  renewals.clear()
  process.off('exit', stopRenewing)
}

async function requestToken(
  variables: NodeJS.ProcessEnv,
  advice: string,
  stop?: AbortSignal,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = variables
  if (!url || !bearer) {
    throw new TerraformToolError(
      `${ciRoleVariable} is set, and GitHub provides no token. Give the job the permission "id-token: write".`,
    )
  }
  const timeout = AbortSignal.timeout(requestTimeoutMs)
  let got: string
  try {
    const response = await fetch(`${url}&audience=sts.amazonaws.com`, {
      headers: { authorization: `bearer ${bearer}` },
      signal: stop === undefined ? timeout : AbortSignal.any([timeout, stop]),
    })
    const body: unknown = response.ok ? await response.json() : undefined
    const token = typeof body === 'object' && body !== null && 'value' in body ? body.value : ''
    if (typeof token === 'string' && token !== '') return token
    got = `HTTP ${response.status}`
  } catch (error) {
    // The error of `fetch` says only that it failed; its cause says why.
    const { message, cause } = error as Error
    got = (cause as Error | undefined)?.message ?? message
  }
  throw new TerraformToolError(`GitHub returned no token for AWS: ${got}. ${advice}`)
}

/** Terraform never reads a part of a token. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function isKind(kind: string): kind is CiRoleKind {
  return kind === 'plan' || kind === 'deploy'
}
