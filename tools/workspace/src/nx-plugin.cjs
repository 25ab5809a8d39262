// Two things that Nx leaves open, settled before any task runs:
// - It ignores a configuration that does not exist, so a misspelt `-c prdo` would mean another environment.
// - It runs what a target depends on: `nx deploy data` would deploy network as well, which another team
//   owns. So this asks Nx itself which tasks were asked for, and tells the Terraform wrapper, which leaves
//   all others alone. The order between stacks stays Nx's.
const { spawn } = require('node:child_process')
const { mkdtempSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

exports.name = 'tideway'

/**
 * @param {unknown} _options
 * @param {{ argv: string[], workspaceRoot: string }} context
 */
exports.preTasksExecution = async (_options, { argv, workspaceRoot }) => {
  const [, nx = '', ...args] = argv
  const end = args.indexOf('--')
  // What follows `--` is for the task, not for Nx.
  const own = end === -1 ? args : args.slice(0, end)
  refuseUnknownConfiguration(own, workspaceRoot)
  if (process.env.TIDEWAY_ASKING || !own.some((arg) => /\b(deploy|destroy)\b/.test(arg))) return
  // Nx takes what a hook writes here over into the environment of the tasks.
  process.env.TIDEWAY_ASKED_FOR = (await tasksAskedFor(nx, own, workspaceRoot)).join(' ')
}

/**
 * @param {readonly string[]} args
 * @param {string} workspaceRoot
 */
function refuseUnknownConfiguration(args, workspaceRoot) {
  const { targetDefaults } = JSON.parse(readFileSync(join(workspaceRoot, 'nx.json'), 'utf8'))
  const known = Object.keys(targetDefaults.synth.configurations)
  for (const named of configurationsIn(args)) {
    if (known.includes(named)) continue
    throw new Error(
      `-c: must name an environment: ${known.join(', ')}; got "${named}". Correct it, or add it to packages/constructs/src/environments.ts and nx.json.`,
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
 * Whatever form the command has, the same command with its dependencies excluded names what was asked for.
 *
 * @param {string} nx
 * @param {readonly string[]} args
 * @param {string} workspaceRoot
 * @returns {Promise<string[]>}
 */
async function tasksAskedFor(nx, args, workspaceRoot) {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-'))
  const graph = join(folder, 'graph.json')
  try {
    const dryRun = [nx, ...args, '--excludeTaskDependencies', `--graph=${graph}`]
    const { status, output } = await run(dryRun, callersFolder(workspaceRoot))
    if (status !== 0) throw new Error(`cannot tell which stacks were asked for:\n${output}`)
    /** @type {Record<string, { target: { project: string, target: string } }>} */
    const tasks = JSON.parse(readFileSync(graph, 'utf8')).tasks.tasks
    return Object.values(tasks).map(({ target }) => `${target.project}:${target.target}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * In the folder of a project, Nx knows the project by that. The daemon has a folder of its own.
 *
 * @param {string} workspaceRoot
 */
function callersFolder(workspaceRoot) {
  const folder = process.env.INIT_CWD ?? process.cwd()
  return folder.startsWith(workspaceRoot) ? folder : workspaceRoot
}

/**
 * Not synchronously, and without the daemon: this may run inside it, and would wait for itself.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function run(args, cwd) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NX_DAEMON: 'false', TIDEWAY_ASKING: '1' }
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
