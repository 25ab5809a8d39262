// What the steps of the workflows share: their variables, GitHub's API by the `gh` command, and running other commands.
// The steps are files so that tests can run them. Each one lists its variables at the top.
const { spawnSync } = require('node:child_process')
const { appendFileSync } = require('node:fs')

/** A failure with a message for the person who reads the log. */
class StepError extends Error {}
exports.StepError = StepError

/**
 * The value of a variable that the workflow must set.
 *
 * @param {string} name
 * @param {string} must what it contains
 */
exports.variable = (name, must) => {
  const value = process.env[name]
  if (value) return value
  throw new StepError(`${name}: must be ${must}; it is not set. Set it in the \`env\` of the step.`)
}

/**
 * Runs a command, with its log in the log of the step, and returns its standard output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, log?: boolean }} [options] `log`: standard output belongs to the log, too
 * @returns {{ status: number, stdout: string }}
 */
exports.run = (command, args, { input, log = false } = {}) => {
  const { status, stdout, error } = spawnSync(command, args, {
    encoding: 'utf8',
    input,
    stdio: [input === undefined ? 'ignore' : 'pipe', log ? 'inherit' : 'pipe', 'inherit'],
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
    maxBuffer: 64 * 2 ** 20,
  })
  if (error !== undefined) throw new StepError(`${command} cannot be started: ${error.message}`)
  return { status: status ?? 1, stdout: stdout ?? '' }
}

/**
 * Calls GitHub's API and returns its answer.
 *
 * @param {string} path after `repos/<owner>/<name>/`
 * @param {{ method?: string, body?: object }} [options]
 */
exports.api = (path, { method = 'GET', body } = {}) => {
  const repository = exports.variable('GH_REPO', 'the repository, as owner/name')
  const args = ['api', '--method', method, `repos/${repository}/${path}`]
  const { status, stdout } = exports.run(
    'gh',
    body === undefined ? args : [...args, '--input', '-'],
    body === undefined ? {} : { input: JSON.stringify(body) },
  )
  if (status !== 0) {
    throw new StepError(`GitHub refused ${method} ${path}. Its answer is above.`)
  }
  try {
    return stdout.trim() === '' ? undefined : JSON.parse(stdout)
  } catch {
    throw new StepError(
      `${method} ${path}: GitHub must answer with JSON; got "${stdout.slice(0, 80)}".`,
    )
  }
}

/**
 * One page of a list of GitHub's API.
 *
 * @param {string} path
 * @returns {any[]}
 */
exports.page = (path) => {
  const answer = exports.api(path)
  if (Array.isArray(answer)) return answer
  throw new StepError(`GET ${path}: GitHub must answer with a list.`)
}

/**
 * All items of a list of GitHub's API.
 *
 * @param {string} path with its query
 * @returns {any[]}
 */
exports.list = (path) => {
  const items = []
  for (let number = 1; ; number += 1) {
    const answer = exports.page(`${path}&per_page=100&page=${number}`)
    items.push(...answer)
    if (answer.length < 100) return items
  }
}

/** What the record of a stack says: record.cjs writes it, and affected.cjs reads the newest one. */
exports.recorded = {
  started: 'deploy started',
  deployed: 'deployed',
  stale: 'reads outputs that have changed',
}

/**
 * Sets an output of the step.
 *
 * @param {string} name
 * @param {string} value
 */
exports.output = (name, value) => {
  console.log(`${name}=${value}`)
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `${name}=${value}\n`)
}

/** The page of this run. */
exports.runUrl = () => {
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_RUN_ID: run = '0' } = process.env
  return `${server}/${process.env.GH_REPO}/actions/runs/${run}`
}

/**
 * Runs a step, and fails with its message.
 *
 * @param {() => void} step
 */
exports.main = (step) => {
  try {
    step()
  } catch (error) {
    const { message, stack } = /** @type {Error} */ (error)
    const text = error instanceof StepError ? message : `${stack}`
    // A workflow command is one line, and escapes line breaks.
    console.log(`::error::${text.replace(/[%\r\n]/g, encodeURIComponent)}`)
    process.exitCode = 1
  }
}
