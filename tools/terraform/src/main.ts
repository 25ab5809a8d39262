import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { chosenEnvironmentName, environmentNamed } from '@tideway/constructs/environments'
import { StackTerraform } from './commands'
import { TerraformToolError } from './errors'
import { stackFolders } from './folders'
import { oneAtATime } from './one-at-a-time'
import { Stopped, stopGently } from './run-terraform'

const commands = ['validate', 'plan', 'deploy', 'destroy', 'bootstrap'] as const

async function main([command, ...options]: readonly string[]): Promise<void> {
  const known = commands.find((name) => name === command)
  if (known === undefined) {
    throw new TerraformToolError(
      `no command ${command ?? 'was given'}: use ${commands.join(', ')}, by Nx: npx nx plan network -c dev`,
    )
  }
  const environment = environmentNamed(chosenEnvironmentName(process.env))
  const folders = stackFolders(
    process.cwd(),
    environment.name,
    known === 'validate' ? 'validate' : 'change',
  )
  if (!isAskedFor(folders.stack, known)) {
    process.stdout.write(`${folders.stack} in ${environment.name}: not asked for, left alone\n`)
    return
  }
  if (known === 'destroy') confirmDestroy(environment, options)
  stopGently((text) => process.stderr.write(`\n${text}\n`))
  // Plans and work folders hold values in clear: they are for nobody else.
  process.umask(0o077)
  mkdirSync(dirname(folders.lock), { recursive: true })
  await oneAtATime(
    folders.lock,
    () => {
      const terraform = new StackTerraform(folders)
      return known === 'deploy'
        ? terraform.deploy(optionIn('--plans', options))
        : terraform[known]()
    },
    (holder) =>
      process.stdout.write(
        `  ${folders.stack}: waits for process ${holder}, which works in the same folder\n`,
      ),
  )
}

/** `--plans=DIR`, as Nx passes it on. */
function optionIn(option: string, options: readonly string[]): string | undefined {
  const given = options.find((each) => each.startsWith(`${option}=`))?.slice(option.length + 1)
  if (given === undefined && !options.includes(option)) return undefined
  if (given) return given
  throw new TerraformToolError(`${option}: needs a folder: ${option}=DIR`)
}

/** Nx also runs the deploys that come before the one that was asked for; tools/workspace/src/nx-plugin.cjs says which that was. */
function isAskedFor(stack: string, command: string): boolean {
  if (command !== 'deploy' && command !== 'destroy') return true
  const askedFor = process.env.TIDEWAY_ASKED_FOR
  if (askedFor !== undefined) return askedFor.split(' ').includes(`${stack}:${command}`)
  // Run by hand, there is nothing else that could have been asked for.
  if (process.env.NX_TASK_TARGET_PROJECT === undefined) return true
  throw new TerraformToolError(
    `Nx did not say which stacks were asked for, so ${stack} is left alone. Is tools/workspace/src/nx-plugin.cjs in the plugins of nx.json?`,
  )
}

/** Where data is worth protecting, a slip of the keyboard is not enough to take a stack down. */
function confirmDestroy(
  { name, protectData }: { name: string; protectData: boolean },
  options: readonly string[],
): void {
  if (!protectData || options.includes(`--confirm=${name}`)) return
  throw new TerraformToolError(
    `${name} protects its data, so destroy must be confirmed: add --confirm=${name}. What holds data also has prevent_destroy, and stays until that is taken off in the source.`,
  )
}

main(process.argv.slice(2)).catch((error: Error) => {
  if (error instanceof Stopped) {
    process.exitCode = 130
    return
  }
  const told = ['TerraformToolError', 'InvalidSettingsError'].includes(error.name)
  process.stderr.write(`${told ? error.message : error.stack}\n`)
  process.exitCode = 1
})
