import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Interrupted } from '../terminal'
import { organizations } from './organizations'

const workspace = resolve(__dirname, '../../../..')

const usage = `npm run init:try [-- NAME...]   runs npm run init and npm test in a clone of the last commit, for ${Object.keys(organizations).join(', ')}

Each takes as long as npm test. Exit code: 0 all tests pass, 1 a test fails, 2 a name is wrong.
`

/** Makes a new clone an organization's own, and tests it there. Throws where a command fails. */
function tryOut(name: string, folder: string): void {
  const run = (cwd: string, command: string, ...args: readonly string[]) => {
    process.stdout.write(`\n${name}: ${command} ${args.join(' ')}\n`)
    const stdio = ['ignore', 'inherit', 'inherit'] as const
    const { status, signal } = spawnSync(command, args, { cwd, stdio: [...stdio] })
    if (signal === 'SIGINT' || status === 130) throw new Interrupted()
    if (status !== 0) throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed`)
  }
  const clone = join(folder, name)
  run(workspace, 'git', 'clone', '--quiet', workspace, clone)
  const providers = join(workspace, '.tideway/providers')
  if (existsSync(providers)) {
    mkdirSync(join(clone, '.tideway'))
    symlinkSync(providers, join(clone, '.tideway/providers'))
  }
  run(clone, 'npm', 'ci', '--no-audit', '--no-fund')
  for (const flags of organizations[name] ?? []) {
    run(clone, 'npm', 'run', '--silent', 'init', '--', ...flags, '--force')
  }
  run(clone, 'npm', 'install', '--no-audit', '--no-fund')
  run(clone, 'npm', 'test')
}

function main(args: readonly string[]): number {
  const unknown = args.filter((name) => !Object.hasOwn(organizations, name))
  if (unknown.length > 0) {
    process.stderr.write(usage)
    return 2
  }
  const names = args.length > 0 ? args : Object.keys(organizations)
  const folder = mkdtempSync(join(tmpdir(), 'tideway-try-'))
  // Ctrl-C ends the command that runs. This one goes on to delete the folder.
  process.on('SIGINT', () => {})
  const failures: string[] = []
  try {
    for (const name of names) {
      try {
        tryOut(name, folder)
      } catch (error) {
        if (error instanceof Interrupted) return 130
        failures.push(`${name}: ${error instanceof Error ? error.message : error}`)
      }
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(
    failures.length === 0
      ? `\nAll tests pass for ${names.join(', ')}.\n`
      : `\n${failures.join('\n')}\n`,
  )
  return failures.length === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
