// Records the commit that each stack of an environment now has, as a deployment of GitHub with the task
// `deploy:<stack>`. A stack that reads an output that this run changed is recorded as such: the next run plans it.
// Runs after every deploy, also after one that failed: it may have deployed some stacks.
//
//   ENVIRONMENT  the environment
//   GH_REPO      the repository, as owner/name; `gh` needs the permission deployments: write
//   RESULT       the file of `npm run deploy -- --result`; without it, nothing was deployed
//
// It records the commit at HEAD of the working directory.
const { existsSync, readFileSync } = require('node:fs')
const { StepError, api, main, run, runUrl, variable } = require('./github.cjs')

main(() => {
  const environment = variable('ENVIRONMENT', 'the environment that was deployed')
  const file = variable('RESULT', 'the file that npm run deploy -- --result writes')
  if (!existsSync(file)) return
  const head = run('git', ['rev-parse', 'HEAD']).stdout.trim()
  /** @type {{ deployed: string[], stale: string[] }} */
  const { deployed, stale } = JSON.parse(readFileSync(file, 'utf8'))
  const records = [
    ...deployed.map((stack) => ({ stack, description: 'deployed' })),
    ...stale.map((stack) => ({ stack, description: 'reads outputs that have changed' })),
  ]
  /** @type {string[]} */
  const lost = []
  for (const { stack, description } of records) {
    const what = { environment, task: `deploy:${stack}`, description }
    try {
      // The checks of this commit include this run, so GitHub must not wait for them.
      const body = { ref: head, ...what, auto_merge: false, required_contexts: [] }
      const { id } = api('deployments', { method: 'POST', body })
      const state = description === 'deployed' ? 'success' : 'failure'
      api(`deployments/${id}/statuses`, {
        method: 'POST',
        body: { state, log_url: runUrl(), auto_inactive: false },
      })
      console.log(`${stack} in ${environment} at ${head}: ${description}`)
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      console.log(error.message)
      lost.push(stack)
    }
  }
  if (lost.length > 0) {
    throw new StepError(
      `${lost.join(', ')}: GitHub did not store the record, so the next run plans again what has changed since the last one. The job needs the permission deployments: write.`,
    )
  }
})
