// `npm test`: every check, from a fresh clone on.
const { browserFile } = require('./browser.cjs')
const { runCommand } = require('./parts.cjs')

const browser = browserFile()
if (browser !== undefined) process.env.CHROMIUM = browser
// Most of a quarter of an hour is waiting, so it goes beside the rest, and only where it is asked for.
const wantsEndToEnd = process.argv.includes('--e2e')

runCommand(
  [
    { name: 'lint', nx: ['run-many', '-t', 'lint'] },
    { name: 'typecheck', nx: ['run-many', '-t', 'typecheck'] },
    { name: 'test', nx: ['run-many', '-t', 'test'] },
    ...(browser === undefined ? [] : [{ name: 'browser', nx: ['run-many', '-t', 'browser'] }]),
    { name: 'controls', nx: ['run', 'controls:controls', '-c', 'prod'] },
    { name: 'validate local', nx: ['run-many', '-t', 'validate', '-c', 'local'] },
    { name: 'validate dev', nx: ['run-many', '-t', 'validate', '-c', 'dev'] },
    { name: 'validate prod', nx: ['run-many', '-t', 'validate', '-c', 'prod'] },
    ...(wantsEndToEnd ? [{ name: 'e2e', nx: ['run', 'local-cloud:e2e'], alongside: true }] : []),
  ],
  ({ passed, failed }) => {
    if (browser === undefined) {
      console.log(
        'NOT RUN: what needs a browser. Install Chromium (apt-get install chromium), or set CHROMIUM.',
      )
    }
    if (!wantsEndToEnd) {
      console.log(
        'NOT RUN: the deployment to an AWS on this machine. Ask for it with npm test -- --e2e.',
      )
    }
    console.log(`${passed} passed, ${failed} failed`)
  },
)
