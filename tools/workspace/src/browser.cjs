const { existsSync } = require('node:fs')

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * The browser for the tests of pages. The variable CHROMIUM names another.
 *
 * @param {NodeJS.ProcessEnv} variables
 * @returns {string | undefined}
 */
exports.browserFile = (variables = process.env) => {
  const candidates = variables.CHROMIUM ? [variables.CHROMIUM] : usual
  return candidates.find((file) => existsSync(file))
}
