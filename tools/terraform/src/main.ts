import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { chosenEnvironmentName, environmentNamed } from '@tideway/constructs/environments'
import { stopRenewing } from './ci-role'
import { StackTerraform } from './commands'
import { TerraformToolError } from './errors'
import { stackFolders } from './folders'
import { oneAtATime } from './one-at-a-time'
import { Stopped, stopGracefully } from './run-terraform'
import { emulatorVariables, runningIn } from './running'

const commands = ['validate', 'plan', 'deploy', 'destroy', 'bootstrap'] as const

async function run([command, ...options]: readonly string[], project: string): Promise<void> {
  const known = commands.find((name) => name === command)
  if (known === undefined) {
    throw new TerraformToolError(
      `command: must be ${commands.join(', ')}; got ${command ?? 'none'}. Run it through Nx: npx nx plan network -c dev`,
    )
  }
  const environment = environmentNamed(chosenEnvironmentName(process.env))
  const folders = stackFolders(
    project,
    environment.name,
    known === 'validate' ? 'validate' : 'change',
  )
  if (!isRequested(folders.stack, known)) {
    process.stdout.write(`${folders.stack} in ${environment.name}: not requested, skipped\n`)
    return
  }
  if (known === 'destroy') confirmDestroy(environment, options)
  const plans = known === 'deploy' ? optionIn('--plans', options) : undefined
  if (environment.endpoints === 'emulator') await useLocalCloud()
  mkdirSync(dirname(folders.lock), { recursive: true })
  await oneAtATime(
    folders.lock,
    () => {
      const terraform = new StackTerraform(folders)
      return known === 'deploy' ? terraform.deploy(plans) : terraform[known]()
    },
    (holder) =>
      process.stdout.write(
        `  ${folders.stack}: waits for process ${holder}, which uses the same folder\n`,
      ),
  ).finally(stopRenewing)
}

/** The commands of a user work on the local cloud of this clone. The local cloud itself sets the variables. */
async function useLocalCloud(): Promise<void> {
  if (process.env.AWS_ENDPOINT_URL) return
  const running = await runningIn()
  if (running !== undefined) Object.assign(process.env, emulatorVariables(running.url))
}

/** The value of an option in the form that Nx passes: `--plans=DIR`. */
function optionIn(option: string, options: readonly string[]): string | undefined {
  const given = options.find((each) => each.startsWith(`${option}=`))?.slice(option.length + 1)
  if (given === undefined && !options.includes(option)) return undefined
  if (given) return given
  throw new TerraformToolError(`${option}: needs a folder: ${option}=DIR`)
}

/** Nx also runs the deploys upstream of the requested ones, which tools/workspace/src/nx-plugin.cjs lists. */
function isRequested(stack: string, command: string): boolean {
  if (command !== 'deploy' && command !== 'destroy') return true
  const requested = process.env.TIDEWAY_REQUESTED_TASKS
  if (requested !== undefined) return requested.split(' ').includes(`${stack}:${command}`)
  // Outside Nx, the stack of this folder is the one that was requested.
  if (process.env.NX_TASK_TARGET_PROJECT === undefined) return true
  throw new TerraformToolError(
    `Nx did not pass the stacks that were requested, so ${stack} is skipped. Is tools/workspace/src/nx-plugin.cjs in the plugins of nx.json?`,
  )
}

/** Protected data needs a confirmation, so that a typing error does not destroy a stack. */
function confirmDestroy(
  { name, protectData }: { name: string; protectData: boolean },
  options: readonly string[],
): void {
  if (!protectData || options.includes(`--confirm=${name}`)) return
  throw new TerraformToolError(
    `${name} protects its data, so destroy must be confirmed: add --confirm=${name}. Resources with data also have prevent_destroy: remove it from the source first.`,
  )
}

/** Runs the command on the stack in a folder. Returns its exit code. */
export async function terraformCommand(args: readonly string[], project: string): Promise<number> {
  try {
    await run(args, project)
    return 0
  } catch (error) {
    if (error instanceof Stopped) return 130
    const { name, message, stack } = error as Error
    const isExpected = ['TerraformToolError', 'InvalidSettingsError'].includes(name)
    process.stderr.write(`${isExpected ? message : stack}\n`)
    return 1
  }
}

if (require.main === module) {
  stopGracefully((text) => process.stderr.write(`\n${text}\n`))
  // Plans and work folders contain secrets in plain text, so only the user may read them.
  process.umask(0o077)
  terraformCommand(process.argv.slice(2), process.cwd()).then((code) => {
    process.exitCode = code
  })
}
