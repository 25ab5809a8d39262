// `npm test`: every check, from a fresh clone on.
const { browserFile } = require('./browser.cjs')
const { runCommand } = require('./parts.cjs')

const browser = browserFile()
if (browser !== undefined) process.env.CHROMIUM = browser

runCommand(
  [
    { name: 'lint', nx: ['run-many', '-t', 'lint'] },
    { name: 'typecheck', nx: ['run-many', '-t', 'typecheck'] },
    { name: 'test', nx: ['run-many', '-t', 'test'] },
    ...(browser === undefined ? [] : [{ name: 'browser', nx: ['run', 'plan-review:browser'] }]),
    { name: 'controls', nx: ['run', 'controls:controls', '-c', 'prod'] },
    { name: 'validate local', nx: ['run-many', '-t', 'validate', '-c', 'local'] },
    { name: 'validate dev', nx: ['run-many', '-t', 'validate', '-c', 'dev'] },
    { name: 'validate prod', nx: ['run-many', '-t', 'validate', '-c', 'prod'] },
  ],
  ({ passed, failed }) => {
    if (browser === undefined) {
      console.log(
        'NOT RUN: what needs a browser. Install Chromium (apt-get install chromium), or set CHROMIUM.',
      )
    }
    console.log(`${passed} passed, ${failed} failed`)
  },
)
