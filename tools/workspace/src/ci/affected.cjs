// Lists the stacks that a deploy of this commit must plan: those that changed since the commit that was deployed last.
// Each stack has its own record, because a run can deploy some stacks and fail at others (see record.cjs).
//
//   ENVIRONMENT  the environment
//   GH_REPO      the repository, as owner/name; `gh` needs the permission deployments: read
//   STACKS       optional: the stacks to consider, default all
//   BRANCH       optional: the branch that is deployed, default main
//   EVERYTHING   optional: `true` plans every stack
//
// It reads the Git repository of the working directory, at HEAD. Output: `stacks`, separated by spaces.
// It fails rather than list too few: where GitHub, Git or Nx fail, and where HEAD is older than what is deployed.
const { StepError, api, main, output, run, variable } = require('./github.cjs')
const { stacks } = require('./stacks.cjs')

/** @param {readonly string[]} args */
const git = (...args) => run('git', args)

/**
 * @param {string} ancestor
 * @param {string} commit
 */
function isAncestor(ancestor, commit) {
  const { status } = git('merge-base', '--is-ancestor', ancestor, commit)
  if (status > 1) throw new StepError(`Git cannot compare ${ancestor} with ${commit}.`)
  return status === 0
}

/** @param {string} revision */
const exists = (revision) =>
  git('rev-parse', '--quiet', '--verify', `${revision}^{commit}`).status === 0

/**
 * @param {string} base
 * @returns {string[]}
 */
function changedSince(base) {
  const args = ['nx', 'show', 'projects', '--affected', '--json', `--base=${base}`, '--head=HEAD']
  const { status, stdout } = run('npx', args)
  const start = stdout.indexOf('[')
  if (status !== 0 || start === -1) {
    throw new StepError(
      `Nx cannot list the projects that changed since ${base}, so it is unknown what to deploy.\n${stdout}`,
    )
  }
  return JSON.parse(stdout.slice(start))
}

main(() => {
  const environment = variable('ENVIRONMENT', 'the environment to deploy')
  const branch = `refs/remotes/origin/${process.env.BRANCH || 'main'}`
  const head = git('rev-parse', 'HEAD').stdout.trim()
  if (head === '')
    throw new StepError('The working directory must be a Git repository with a commit.')

  /**
   * What has changed since a commit, or why that is unknown. Stacks share most commits.
   *
   * @param {string} sha
   * @returns {string[] | string}
   */
  const compareWith = (sha) => {
    if (sha === head) return []
    if (!exists(sha)) return `${sha}, which is deployed, is not in this clone`
    if (isAncestor(sha, head)) return changedSince(sha)
    if (isAncestor(head, sha) && exists(branch) && isAncestor(sha, branch)) {
      throw new StepError(
        `${environment} has a deploy of ${sha}, which is newer than ${head}. To deploy an older version, revert the changes on the branch; otherwise run the workflow of its newest commit.`,
      )
    }
    return `${sha}, which is deployed, is not in the history`
  }
  /** @type {Map<string, string[] | string>} */
  const compared = new Map()

  /**
   * Why a stack must be planned. Undefined where it has not changed.
   *
   * @param {string} stack
   */
  const reasonFor = (stack) => {
    const query = `environment=${encodeURIComponent(environment)}&task=deploy:${stack}&per_page=1`
    const [record] = api(`deployments?${query}`)
    if (record === undefined) return 'no deploy is recorded'
    const { sha, description } = record
    if (!/^[0-9a-f]{40,64}$/.test(sha)) throw new StepError(`The record of ${stack} has no commit.`)
    const changes = compared.get(sha) ?? compareWith(sha)
    compared.set(sha, changes)
    if (typeof changes === 'string') return changes
    if (description !== 'deployed') return `at ${sha}: ${description}`
    return changes.includes(stack) ? `changed since ${sha}` : undefined
  }

  const planned = stacks().filter((stack) => {
    const everything = process.env.EVERYTHING === 'true' && 'every stack was requested'
    const reason = everything || reasonFor(stack)
    console.log(`${stack}: ${reason ?? 'is deployed, and has not changed since'}`)
    return reason !== undefined
  })
  output('stacks', planned.join(' '))
})
