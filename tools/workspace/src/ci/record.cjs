// Records the commit that each stack of an environment has, as a deployment of GitHub with the task `deploy:<stack>`.
// Runs before a deploy, which may be cut off in the middle of a stack; and after every deploy, also after one that
// failed: it may have deployed some stacks. A stack that reads an output that this run changed is recorded as such: the
// next run plans it, and this step fails, because the stack does not have this commit yet.
//
//   ENVIRONMENT  the environment
//   GH_REPO      the repository, as owner/name; `gh` needs the permission deployments: write
//   STARTED      before a deploy: its stacks, separated by spaces
//   RESULT       after a deploy: the file of `npm run deploy -- --result`; without it, nothing was deployed
//
// It records the commit at HEAD of the working directory.
const { existsSync, readFileSync } = require('node:fs')
const { StepError, api, main, recorded, run, runUrl, variable } = require('./github.cjs')

/** @returns {{ started?: string[], stale?: string[], deployed?: string[] }} */
function readStacks() {
  const { STARTED } = process.env
  if (STARTED) return { started: STARTED.trim().split(/\s+/) }
  const file = variable('RESULT', 'the file that npm run deploy -- --result writes')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** GitHub's names for the states. They are only for display. */
const states = { started: 'in_progress', stale: 'failure', deployed: 'success' }

main(() => {
  const environment = variable('ENVIRONMENT', 'the environment that is deployed')
  const { started = [], stale = [], deployed = [] } = readStacks()
  const ref = run('git', ['rev-parse', 'HEAD']).stdout.trim()
  // If one is lost, a stack whose outputs were changed must not be recorded as deployed: then its readers are planned.
  const records = Object.entries({ started, stale, deployed }).flatMap(([kind, stacks]) =>
    stacks.map((stack) => ({ stack, kind: /** @type {keyof typeof states} */ (kind) })),
  )
  for (const [index, { stack, kind }] of records.entries()) {
    const what = { environment, task: `deploy:${stack}`, description: recorded[kind] }
    try {
      // The checks of this commit include this run, so GitHub must not wait for them.
      const body = { ref, ...what, auto_merge: false, required_contexts: [] }
      const { id } = api('deployments', { method: 'POST', body })
      const status = { state: states[kind], log_url: runUrl(), auto_inactive: false }
      api(`deployments/${id}/statuses`, { method: 'POST', body: status })
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      const lost = records.slice(index).map((record) => record.stack)
      throw new StepError(
        `${lost.join(', ')}: GitHub did not store the record, so the next run plans them again. The job needs the permission deployments: write. ${error.message}`,
      )
    }
    console.log(`${stack} in ${environment} at ${ref}: ${recorded[kind]}`)
  }
  if (stale.length > 0) {
    throw new StepError(
      `${stale.join(', ')}: ${recorded.stale}, and is not deployed with them. Run all jobs of this run again, for a review of its new plan.`,
    )
  }
})
