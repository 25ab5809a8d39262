// Plans stacks, stores their plans for the deploy job, and writes the review into the summary of the run.
//
//   ENVIRONMENT          the environment
//   STACKS               the stacks, separated by spaces
//   PLANS                the folder for the plans, as `npm run deploy -- --plans` reads them
//   GITHUB_STEP_SUMMARY  the file for the review
const { appendFileSync, copyFileSync, mkdirSync } = require('node:fs')
const { join } = require('node:path')
const { StepError, main, run, variable } = require('./github.cjs')
const { stacks } = require('./stacks.cjs')

main(() => {
  const environment = variable('ENVIRONMENT', 'the environment to plan')
  const plans = variable('PLANS', 'a folder for the plans')
  const summary = variable('GITHUB_STEP_SUMMARY', 'the file for the review')
  const files = stacks().map((stack) => {
    const args = ['nx', 'plan', stack, '-c', environment, '--output-style=stream']
    if (run('npx', args, { log: true }).status !== 0) {
      throw new StepError(`${stack} in ${environment} cannot be planned. Read the log above.`)
    }
    const work = join('apps', stack, '.tf', environment)
    mkdirSync(join(plans, stack), { recursive: true })
    for (const file of ['plan.tfplan', 'plan.about.json']) {
      copyFileSync(join(work, file), join(plans, stack, file))
    }
    return join(work, 'plan.json')
  })
  const { status, stdout } = run('npm', ['run', '--silent', 'review', '--', ...files])
  appendFileSync(summary, stdout)
  if (status !== 0) throw new StepError('The review fails. Read the log above.')
})
