import { spawnSync } from 'node:child_process'
import { basename, join, resolve } from 'node:path'
import { stackNames } from '@tideway/constructs/stacks'
import { outcomesOf } from './outcomes'
import { report } from './report'
import { readStacks, UnreadableStackError } from './stack-files'

const workspace = resolve(__dirname, '../../..')

/** The controls check production, which has the strictest settings. */
const environment = 'prod'
const projects = [...stackNames.map((name) => `apps/${name}`), 'tools/bootstrap']

const usage = `npm run controls [-- FILE...]

Checks the stacks, synthesized for ${environment}, against public security controls.
With files, checks these instead: the Terraform JSON of one stack each (cdk.tf.json).
Exit code: 0 all pass, 1 a control fails, 2 the stacks cannot be read.
`

function check(args: readonly string[]): number {
  if (args.some((arg) => arg === '-h' || arg === '--help')) {
    process.stdout.write(usage)
    return 0
  }
  const option = args.find((arg) => arg.startsWith('-'))
  if (option !== undefined) {
    process.stderr.write(`${option}: unknown option.\n\n${usage}`)
    return 2
  }
  const isComplete = args.length === 0
  if (isComplete && !synthesize()) return 2
  const stacks = readStacks(isComplete ? projects.map(synthesizedFile) : args)
  const outcomes = outcomesOf(stacks, isComplete)
  process.stdout.write(`${report(outcomes)}\n`)
  return outcomes.some(({ verdict }) => verdict.kind === 'FAIL') ? 1 : 0
}

function synthesizedFile(project: string): string {
  const stack = basename(project)
  return join(workspace, project, 'cdktf.out', environment, 'stacks', stack, 'cdk.tf.json')
}

/** Nx has already synthesized the stacks where it runs this as a target. */
function synthesize(): boolean {
  if (process.env.NX_TASK_TARGET_PROJECT !== undefined) return true
  const names = projects.map((project) => basename(project)).join(',')
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['nx', 'run-many', '-t', 'synth', '-p', names, '-c', environment, '--output-style=static'],
    {
      cwd: workspace,
      encoding: 'utf8',
      env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
    },
  )
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`)
  return status === 0
}

/** Runs the command. Returns its exit code. */
export function controlsCommand(args: readonly string[]): number {
  try {
    return check(args)
  } catch (error) {
    if (!(error instanceof UnreadableStackError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

if (require.main === module) process.exitCode = controlsCommand(process.argv.slice(2))
