// `npm test`: every check, on a fresh clone too.
const { browserFile } = require('./browser.cjs')
const { runCommand } = require('./parts.cjs')

const browser = browserFile()
if (browser !== undefined) process.env.CHROMIUM = browser
// The deployment takes minutes, so it runs on request.
const includesEndToEnd = process.argv.includes('--e2e')

runCommand(
  [
    { name: 'lint', nx: ['run', 'workspace:lint'] },
    { name: 'typecheck', nx: ['run', 'workspace:typecheck'] },
    {
      name: 'validate',
      nx: ['run', 'terraform:validate-all'],
      // Only one `terraform init` runs at a time, and that of the deployment must not wait.
      after: 'typecheck',
    },
    {
      name: 'controls',
      nx: ['run', 'controls:controls', '-c', 'prod', '--excludeTaskDependencies'],
      // It has synthesized all stacks.
      after: 'validate',
    },
    ...(browser === undefined ? [] : [{ name: 'browser', nx: ['run-many', '-t', 'browser'] }]),
    { name: 'test', nx: ['run', 'workspace:test-all'] },
    ...(includesEndToEnd ? [{ name: 'e2e', nx: ['run', 'local-cloud:e2e'], isLongest: true }] : []),
  ],
  ({ passed, failed }) => {
    if (browser === undefined) {
      console.log(
        'NOT RUN: tests in a browser. Install Chromium (apt-get install chromium), or set CHROMIUM.',
      )
    }
    if (!includesEndToEnd) {
      console.log('NOT RUN: the deployment to an AWS on this machine. Run npm test -- --e2e.')
    }
    console.log(`${passed} passed, ${failed} failed`)
  },
)
