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
// It fails rather than list too few: where GitHub, Git or Nx fail, and where HEAD is older than what is deployed or no
// longer on the branch.
const { StepError, main, output, page, recorded, run, variable } = require('./github.cjs')
const { stacks } = require('./stacks.cjs')

/**
 * Undefined where Git has not got both of them, as in a shallow clone.
 *
 * @param {string} ancestor
 * @param {string} commit
 */
function isAncestor(ancestor, commit) {
  const { status } = run('git', ['merge-base', '--is-ancestor', ancestor, commit])
  return status > 1 ? undefined : status === 0
}

/**
 * @param {string} base
 * @returns {string[]}
 */
function changedSince(base) {
  const options = ['--affected', '--with-target=deploy', '--json', `--base=${base}`, '--head=HEAD']
  const args = ['nx', 'show', 'projects', ...options]
  const { status, stdout } = run('npx', args)
  // Warnings may stand around the list.
  const list = stdout.split('\n').find((line) => /^\[("|\]$)/.test(line))
  if (status !== 0 || list === undefined) {
    throw new StepError(
      `Nx cannot list the stacks that changed since ${base}, so it is unknown what to deploy.\n${stdout}`,
    )
  }
  return JSON.parse(list)
}

main(() => {
  const environment = variable('ENVIRONMENT', 'the environment to deploy')
  const name = process.env.BRANCH || 'main'
  const branch = `refs/remotes/origin/${name}`
  const head = run('git', ['rev-parse', 'HEAD']).stdout.trim()
  if (isAncestor(head, branch) === false) {
    throw new StepError(
      `${head} is not on the branch ${name}, which was force-pushed since. Run the workflow of its newest commit.`,
    )
  }

  /**
   * What has changed since a commit, or why that is unknown. Stacks share most commits.
   *
   * @param {string} sha
   * @returns {string[] | string}
   */
  const compareWith = (sha) => {
    if (sha === head) return []
    if (isAncestor(sha, head)) return changedSince(sha)
    if (isAncestor(head, sha) && isAncestor(sha, branch)) {
      throw new StepError(
        `${environment} has a deploy of ${sha}, which is newer than ${head}. To deploy an older version, revert the changes on the branch; otherwise run the workflow of its newest commit.`,
      )
    }
    return `${sha}, which is deployed, is not in the history of this clone`
  }
  /** @type {Map<string, string[] | string>} */
  const compared = new Map()
  /** The first stack whose deploy was cut off. It may have changed outputs. */
  let unfinished = ''

  /**
   * Why a stack must be planned. Undefined where it has not changed.
   *
   * @param {string} stack
   */
  const reasonFor = (stack) => {
    const query = `environment=${encodeURIComponent(environment)}&task=deploy:${stack}&per_page=1`
    const [record] = page(`deployments?${query}`)
    if (record === undefined) return 'no deploy is recorded'
    const { sha, description } = record
    if (!/^[0-9a-f]{40,64}$/.test(sha)) return 'its record has no commit'
    const changes = compared.get(sha) ?? compareWith(sha)
    compared.set(sha, changes)
    if (description === recorded.started) unfinished ||= stack
    if (typeof changes === 'string') return changes
    if (description !== recorded.deployed) return `at ${sha}: ${description}`
    if (changes.includes(stack)) return `changed since ${sha}`
    return unfinished && `it may read outputs of ${unfinished}, whose deploy did not end`
  }

  const planned = stacks().filter((stack) => {
    const reason = reasonFor(stack) || (process.env.EVERYTHING === 'true' && 'it was requested')
    console.log(`${stack}: ${reason || 'is deployed, and has not changed since'}`)
    return Boolean(reason)
  })
  output('stacks', planned.join(' '))
})
