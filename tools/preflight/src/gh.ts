import { execFile } from 'node:child_process'

/** Reads a path of GitHub's API: `repos/OWNER/NAME`. */
export type Gh = (path: string) => Promise<unknown>

export class GhError extends Error {
  override readonly name = 'GhError'

  constructor(
    message: string,
    /** The HTTP status of GitHub, if it answered. */
    readonly status?: number,
  ) {
    super(message)
  }
}

/** By the GitHub CLI, which has the login. It ends with the timeout. */
export function ghCli(timeoutMs: number): Gh {
  return (path) =>
    new Promise((resolve, reject) => {
      const { GH_FORCE_TTY, CLICOLOR_FORCE, ...variables } = process.env
      const env = { ...variables, GH_PROMPT_DISABLED: '1', NO_COLOR: '1' }
      const options = { timeout: timeoutMs, env }
      execFile('gh', ['api', '--method', 'GET', path], options, (error, stdout, stderr) => {
        if (error !== null) return reject(ghError(path, error, stderr))
        try {
          resolve(JSON.parse(stdout))
        } catch {
          reject(new GhError(`gh api ${path}: not JSON: ${stdout.split('\n')[0]}`))
        }
      })
    })
}

function ghError(
  path: string,
  error: Error & { code?: unknown; killed?: boolean },
  stderr: string,
): GhError {
  if (error.code === 'ENOENT') return new GhError('the GitHub CLI (gh) is not installed')
  if (error.killed) return new GhError(`gh api ${path}: no answer in time`)
  const status = /\(HTTP (\d{3})\)/.exec(stderr)?.[1]
  // The exit code of gh without a login.
  if (error.code === 4) return new GhError('gh has no login: gh auth login')
  const text = stderr.trim().split('\n')[0] || error.message
  return new GhError(`gh api ${path}: ${text}`, status === undefined ? undefined : Number(status))
}
