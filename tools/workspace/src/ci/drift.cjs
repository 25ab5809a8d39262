// Plans every stack of an environment at this commit, and writes a report of each for issues.cjs: it differs from AWS,
// it cannot be planned, or neither. A stack that is not deployed does not differ.
//
//   ENVIRONMENT  the environment
//   GH_REPO      the repository, as owner/name
//   REPORTS      the folder for the reports
//   STACKS       optional: the stacks to check, default all
//
// Run it with `--require tsx/cjs`. It reads CODEOWNERS and the plans in the working directory. It succeeds where every stack has its report.
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { Owners } = require('@tideway/plan-review/owners')
const { main, run, runUrl, variable } = require('./github.cjs')
const { stacks } = require('./stacks.cjs')

const unchanged = /^## Plan review: no changes/m
/** GitHub accepts 65,536 characters in an issue. */
const maxLength = '--max-length=60000'

/**
 * @param {string} stack
 * @param {string} environment
 * @returns {{ passed: boolean, text: string }}
 */
function check(stack, environment) {
  const args = ['nx', 'plan', stack, '-c', environment, '--output-style=stream']
  if (run('npx', args, { log: true }).status !== 0) {
    return { passed: false, text: 'It cannot be planned. Read the log of the run.' }
  }
  const work = join('apps', stack, '.tf', environment)
  const about = JSON.parse(readFileSync(join(work, 'plan.about.json'), 'utf8'))
  if (about.usesSamples || about.state.lineage === '') return { passed: true, text: 'not deployed' }
  const review = run('npm', ['run', '--silent', 'review', '--', maxLength, join(work, 'plan.json')])
  if (review.status !== 0) {
    return { passed: false, text: 'Its plan cannot be reviewed. Read the log of the run.' }
  }
  if (unchanged.test(review.stdout)) return { passed: true, text: 'as in the code' }
  const advice =
    'AWS differs from the branch. Bring the change into the code, or run the workflow `Main` with `everything` to undo it.'
  return { passed: false, text: `${advice}\n\n${review.stdout}` }
}

main(() => {
  const environment = variable('ENVIRONMENT', 'the environment to check')
  const folder = variable('REPORTS', 'a folder for the reports')
  mkdirSync(folder, { recursive: true })
  const owners = Owners.read('.')
  for (const stack of stacks()) {
    const { passed, text } = check(stack, environment)
    console.log(`${stack} in ${environment}: ${passed ? text : 'differs'}`)
    const owner = owners.of(`apps/${stack}/src/stack.ts`).join(' ') || 'nobody in CODEOWNERS'
    const report = {
      title: `Drift: ${stack} in ${environment}`,
      result: passed ? 'success' : 'failure',
      body: `Owner: ${owner}\nRun: ${runUrl()}\n\n${text}`,
    }
    writeFileSync(join(folder, `${environment}-${stack}.json`), JSON.stringify(report))
  }
})
