// Nx runs what a target depends on: `nx deploy data` would deploy network as well, which another team
// owns. Before a run with deploy or destroy in it, this asks Nx itself which tasks were asked for, and
// tells the Terraform wrapper, which leaves all others alone. The order between stacks stays Nx's.
const { spawnSync } = require('node:child_process')
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
  if (!args.some((arg) => /\b(deploy|destroy)\b/.test(arg))) return
  // Nx takes what a hook writes here over into the environment of the tasks.
  process.env.TIDEWAY_ASKED_FOR = tasksAskedFor(nx, args, workspaceRoot).join(' ')
}

/**
 * Whatever form the command has, the same command with its dependencies excluded names what was asked for.
 *
 * @param {string} nx
 * @param {string[]} args
 * @param {string} cwd
 * @returns {string[]}
 */
function tasksAskedFor(nx, args, cwd) {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-'))
  const graph = join(folder, 'graph.json')
  try {
    const dryRun = [nx, ...args, '--excludeTaskDependencies', `--graph=${graph}`]
    const { status, stderr } = spawnSync(process.execPath, dryRun, { cwd, encoding: 'utf8' })
    if (status !== 0) throw new Error(`cannot tell which stacks were asked for: ${stderr}`)
    const { tasks } = JSON.parse(readFileSync(graph, 'utf8')).tasks
    return Object.values(tasks).map(({ target }) => `${target.project}:${target.target}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
