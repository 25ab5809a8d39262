// Infers projects and targets from stacks.ts and environments.ts, and closes two gaps of Nx before any task runs:
// - Nx ignores a configuration that does not exist, so a misspelt `-c prdo` would mean another environment.
// - Nx also runs the dependencies of a target, so `nx deploy data` would also deploy network, which another team owns.
//   The plugin passes the tasks that were requested to the Terraform wrapper, which skips all others.
const { spawn } = require('node:child_process')
const { mkdtempSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { stackFacts } = require('./stack-facts.cjs')
const { inferProjects } = require('./targets.cjs')

exports.name = 'tideway'

/** @type {import('nx/src/devkit-exports').CreateNodes} */
exports.createNodes = [
  '{apps,packages,tools}/*/package.json',
  (manifests, _options, { workspaceRoot }) =>
    inferProjects(manifests, workspaceRoot, stackFacts(workspaceRoot)),
]

/**
 * @param {unknown} _options
 * @param {{ argv: string[], workspaceRoot: string }} context
 */
exports.preTasksExecution = async (_options, { argv, workspaceRoot }) => {
  const [, nx = '', ...args] = argv
  const end = args.indexOf('--')
  // Arguments after `--` are for the task, not for Nx.
  const own = end === -1 ? args : args.slice(0, end)
  throwIfUnknownConfiguration(own, workspaceRoot)
  if (process.env.TIDEWAY_LISTING_TASKS || !own.some((arg) => /\b(deploy|destroy)\b/.test(arg)))
    return
  // Nx copies what a hook sets here into the environment of the tasks.
  process.env.TIDEWAY_REQUESTED_TASKS = (await requestedTasks(nx, own, workspaceRoot)).join(' ')
}

/**
 * @param {readonly string[]} args
 * @param {string} workspaceRoot
 */
function throwIfUnknownConfiguration(args, workspaceRoot) {
  const named = configurationsIn(args)
  if (named.length === 0) return
  const known = stackFacts(workspaceRoot).environments
  for (const name of named) {
    if (known.includes(name)) continue
    throw new Error(
      `-c: must name an environment: ${known.join(', ')}; got "${name}". Correct it, or add it to packages/constructs/src/environments.ts.`,
    )
  }
}

/**
 * `-c prod`, `--configuration=prod` and `run data:deploy:prod`.
 *
 * @param {readonly string[]} args
 * @returns {string[]}
 */
function configurationsIn(args) {
  return args.flatMap((arg, index) => {
    if (arg === '-c' || arg === '--configuration') return args[index + 1] ?? []
    const inline = /^(?:-c=?|--configuration=)(.+)$/.exec(arg)?.[1]
    if (inline !== undefined) return inline
    const target = index > 0 && args[index - 1] === 'run' ? arg.split(':')[2] : undefined
    return target ?? []
  })
}

/**
 * Runs the same command with dependencies excluded and `--graph`, which lists the tasks instead of running them.
 *
 * @param {string} nx
 * @param {readonly string[]} args
 * @param {string} workspaceRoot
 * @returns {Promise<string[]>}
 */
async function requestedTasks(nx, args, workspaceRoot) {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-'))
  const graph = join(folder, 'graph.json')
  try {
    const dryRun = [nx, ...args, '--excludeTaskDependencies', `--graph=${graph}`]
    const { status, output } = await run(dryRun, callersFolder(workspaceRoot))
    if (status !== 0) throw new Error(`cannot find out which stacks were requested:\n${output}`)
    /** @type {Record<string, { target: { project: string, target: string } }>} */
    const tasks = JSON.parse(readFileSync(graph, 'utf8')).tasks.tasks
    return Object.values(tasks).map(({ target }) => `${target.project}:${target.target}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Nx derives the project from the working directory of the caller, which differs from that of the daemon.
 *
 * @param {string} workspaceRoot
 */
function callersFolder(workspaceRoot) {
  const folder = process.env.INIT_CWD ?? process.cwd()
  return folder.startsWith(workspaceRoot) ? folder : workspaceRoot
}

/**
 * Asynchronous and without the daemon: this may run inside the daemon, which would then wait for this process.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function run(args, cwd) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NX_DAEMON: 'false', TIDEWAY_LISTING_TASKS: '1' }
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })
}
