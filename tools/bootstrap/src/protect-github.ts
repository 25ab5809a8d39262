import {
  environmentCommands,
  environmentProblems,
  type FoundEnvironment,
  type GithubEnvironment,
  githubEnvironments,
} from './github-environments'
import { fullName, type Repository, repositoryNamed, subjectProblems } from './repository'
import type { BootstrapSettings } from './settings'

export interface ShellResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in a shell. */
export type Shell = (command: string) => Promise<ShellResult>

type Answer = { readonly body: unknown } | { readonly reason: string; readonly isMissing: boolean }

/**
 * Compares GitHub with the settings of an environment, and changes its GitHub environments where `gh` may do that.
 * Otherwise prints the commands for somebody who may.
 *
 * @returns whether everything is in place, or could only be printed
 */
export async function protectGithub(
  environment: string,
  settings: BootstrapSettings,
  shell: Shell,
  print: (line: string) => void,
): Promise<boolean> {
  const repository = repositoryNamed(settings.repository)
  const path = `repos/${fullName(repository)}`
  const desired = githubEnvironments(environment, settings)
  const found = await read(shell, path)
  if (!('body' in found)) {
    print(`GitHub was not checked: ${found.reason}`)
    print(`An administrator of ${fullName(repository)} creates its environments by:`)
    for (const each of desired) {
      for (const command of environmentCommands(fullName(repository), each, undefined)) {
        print(`  ${command}`)
      }
    }
    return true
  }
  const customization = await read(shell, `${path}/actions/oidc/customization/sub`)
  const subjects = subjectProblems(
    repository,
    found.body,
    'body' in customization ? customization.body : undefined,
  )
  for (const problem of subjects) print(problem)
  const mayChange = isAdministrator(found.body)
  let isDone = subjects.length === 0
  for (const each of desired) {
    if (!(await protect(each, { repository, mayChange, shell, print }))) isDone = false
  }
  return isDone
}

async function protect(
  desired: GithubEnvironment,
  context: {
    readonly repository: Repository
    readonly mayChange: boolean
    readonly shell: Shell
    readonly print: (line: string) => void
  },
): Promise<boolean> {
  const { repository, mayChange, shell, print } = context
  const before = await readEnvironment(shell, repository, desired)
  if ('reason' in before) {
    print(`The GitHub environment ${desired.name} was not checked: ${before.reason}`)
    return true
  }
  const problems = environmentProblems(desired, before.found)
  if (problems.length === 0) {
    print(`The GitHub environment ${desired.name} is protected`)
    return true
  }
  for (const { what, breaks } of problems) print(`${what}: ${breaks}`)
  const commands = environmentCommands(fullName(repository), desired, before.found)
  if (!mayChange) {
    print('You are no administrator of the repository. One of them runs:')
    for (const command of commands) print(`  ${command}`)
    return true
  }
  for (const [index, command] of commands.entries()) {
    const { code, stdout, stderr } = await shell(command)
    if (code === 0) continue
    print(`failed: ${command}`)
    print(`  ${messageOf({ stdout, stderr })}`)
    if (/billing plan|upgrade/i.test(stdout + stderr)) print(planOfGithub)
    for (const next of commands.slice(index + 1)) print(`  not run: ${next}`)
    return false
  }
  const after = await readEnvironment(shell, repository, desired)
  if ('reason' in after) {
    print(`The GitHub environment ${desired.name} was changed, and cannot be read: ${after.reason}`)
    return false
  }
  const left = environmentProblems(desired, after.found)
  for (const { what } of left) print(`${what}, even after the change`)
  if (left.length === 0) print(`The GitHub environment ${desired.name} is now protected`)
  return left.length === 0
}

const planOfGithub = `GitHub has environments for private repositories from GitHub Pro and Team on, and required reviewers for
them in GitHub Enterprise only; public repositories have both. Without environments a job of any branch may deploy, and without
reviewers every merge deploys unapproved. What to do instead: tools/bootstrap/README.md, "GitHub environments".`

async function readEnvironment(
  shell: Shell,
  repository: Repository,
  { name }: GithubEnvironment,
): Promise<{ found: FoundEnvironment | undefined } | { reason: string }> {
  const path = `repos/${fullName(repository)}/environments/${name}`
  const environment = await read(shell, path)
  if (!('body' in environment)) {
    return environment.isMissing ? { found: undefined } : { reason: environment.reason }
  }
  const policies = await read(shell, `${path}/deployment-branch-policies?per_page=100`)
  // GitHub has none to return unless branches are named one by one.
  if (!('body' in policies) && !policies.isMissing) return { reason: policies.reason }
  return {
    found: {
      environment: environment.body,
      ...('body' in policies && { branchPolicies: policies.body }),
    },
  }
}

async function read(shell: Shell, path: string): Promise<Answer> {
  const { code, stdout, stderr } = await shell(`gh api '${path}'`)
  if (code === 127)
    return { reason: 'gh is not installed: https://cli.github.com', isMissing: false }
  if (code !== 0) {
    return { reason: messageOf({ stdout, stderr }), isMissing: /HTTP 404/.test(stderr) }
  }
  try {
    const body: unknown = JSON.parse(stdout)
    if (typeof body === 'object' && body !== null) return { body }
  } catch {
    // Such as a page of a proxy.
  }
  return { reason: `gh printed no JSON object for ${path}`, isMissing: false }
}

function messageOf({ stderr, stdout }: Pick<ShellResult, 'stdout' | 'stderr'>): string {
  return (stderr.trim() || stdout.trim()).split('\n')[0] ?? ''
}

function isAdministrator(body: unknown): boolean {
  const { permissions } = body as { permissions?: { admin?: unknown } }
  return permissions?.admin === true
}
