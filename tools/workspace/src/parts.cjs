const { spawn } = require('node:child_process')
const { constants, setPriority } = require('node:os')
const { join } = require('node:path')
const { stripVTControlCharacters } = require('node:util')
const { setUp, workspace } = require('./set-up.cjs')

const nx = join(workspace, 'node_modules/nx/dist/bin/nx.js')

/**
 * A part of a longer run, reported on one line with its result and duration.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {string[]} nx the arguments of Nx
 * @property {string} [after] an earlier part that must end first
 * @property {boolean} [isLongest] the run ends with this part, so it gets processor time before the others
 */

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * Sets up, runs the parts and sets the exit code.
 *
 * @param {readonly Part[]} parts
 * @param {(count: Count) => void} conclude
 */
async function runCommand(parts, conclude) {
  const problem = await setUp()
  if (problem !== undefined) {
    console.error(problem)
    process.exitCode = 1
    return
  }
  const count = await runParts(parts)
  conclude(count)
  process.exitCode = count.failed === 0 ? 0 : 1
}

/**
 * Runs the parts in parallel, because some of them mostly wait. Prints a line for each in order, and the full output
 * if it fails.
 *
 * @param {readonly Part[]} parts
 * @returns {Promise<Count>}
 */
async function runParts(parts) {
  const width = Math.max(...parts.map(({ name }) => name.length))
  const total = { passed: 0, failed: 0 }
  const hasLongest = parts.some(({ isLongest }) => isLongest)
  const run = async (/** @type {Part} */ { nx, isLongest }) => {
    const started = performance.now()
    const result = await runNx(nx, hasLongest && !isLongest)
    return { ...result, milliseconds: performance.now() - started }
  }
  /** @type {Map<string, ReturnType<typeof run>>} */
  const running = new Map()
  for (const part of parts) {
    const earlier = part.after === undefined ? undefined : running.get(part.after)
    running.set(part.name, earlier === undefined ? run(part) : earlier.then(() => run(part)))
  }
  for (const part of parts) {
    const ticking = showRunning(part.name)
    const { status, output, milliseconds } = await /** @type {ReturnType<typeof run>} */ (
      running.get(part.name)
    )
    clearInterval(ticking)
    const count = countOf(output, status)
    total.passed += count.passed
    total.failed += count.failed
    const seconds = `${(milliseconds / 1000).toFixed(1)} s`
    const result = `${count.passed} passed, ${count.failed} failed`
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[2K')
    console.log(`${part.name.padEnd(width)}  ${seconds.padStart(8)}  ${result}`)
    if (status !== 0) console.log(`\n${output.trim()}\n`)
  }
  return total
}

/**
 * Adds up the tests, controls and checks in the output of the tasks. Without any, each task counts as one.
 *
 * @param {string} output
 * @param {number} status
 * @returns {Count}
 */
function countOf(output, status) {
  const plain = stripVTControlCharacters(output)
  const count = { passed: 0, failed: 0 }
  let suites = 0
  for (const [, tests = ''] of plain.matchAll(
    /^(?:[\w-]+: )?(?:Tests|Controls|Checks): +(.*)$/gm,
  )) {
    suites++
    count.passed += Number(/(\d+) passed/.exec(tests)?.[1] ?? 0)
    // A skipped test counts as failed.
    for (const [, number] of tests.matchAll(/(\d+) (?:failed|skipped|todo)/g)) {
      count.failed += Number(number)
    }
  }
  if (suites === 0) {
    const failed = new Set(/^Failed tasks:\n\n((?:- .*\n?)+)/m.exec(plain)?.[1]?.trim().split('\n'))
    const started = new Set([...plain.matchAll(/^> nx run (\S+)/gm)].map(([, task]) => task))
    count.failed = failed.size
    count.passed = started.size - failed.size
  }
  // Failures without a count: a crash, a suite that did not start, or no task at all.
  if (status !== 0 && count.failed === 0) count.failed = 1
  if (status === 0 && count.passed === 0) count.failed = 1
  return count
}

/** @param {string} name */
function showRunning(name) {
  if (!process.stdout.isTTY) return undefined
  const started = performance.now()
  return setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000)
    process.stdout.write(`\r\u001b[2K${name}  ${seconds} s`)
  }, 200)
}

/**
 * @param {readonly string[]} args
 * @param {boolean} hasLowPriority
 * @returns {Promise<{ status: number, output: string }>}
 */
function runNx(args, hasLowPriority) {
  return new Promise((resolve) => {
    const options = ['--output-style=static', '--parallel=2']
    // Not through npx, which takes half a second to start.
    const child = spawn(process.execPath, [nx, ...args, ...options], {
      cwd: workspace,
      env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (hasLowPriority && child.pid !== undefined) {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    }
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', (error) => resolve({ status: 1, output: String(error) }))
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}

module.exports = { countOf, runCommand }
