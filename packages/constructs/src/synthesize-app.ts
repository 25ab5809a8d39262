import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { App } from 'cdktf'
import type { Environment } from './environment'
import { chosenEnvironmentName, type EnvironmentName, environmentNamed } from './environments'
import { InvalidSettingsError, isObject } from './problems'
import type { TidewayStack } from './tideway-stack'

/**
 * The whole of an app's `main.ts`: makes its stack for the environment that was asked for, and writes
 * `cdktf.out/<environment>/stacks/<app>/cdk.tf.json`. Settings that cannot be right are told in plain words.
 *
 * @param settings the sizes of this stack in each environment
 */
export function synthesizeApp<Settings>(
  settings: Readonly<Record<EnvironmentName, Settings>>,
  build: (app: App, environment: Environment, settings: Settings) => TidewayStack,
): void {
  // cdktf notes for each token where it was made: with the lines of the source, that takes a tenth of the time.
  process.setSourceMapsEnabled(false)
  try {
    const environment = environmentNamed(chosenEnvironmentName(process.env))
    const outdir = outputFolder(environment.name)
    mkdirSync(join(outdir, 'stacks'), { recursive: true })
    const app = new App({ outdir })
    const stack = build(app, environment, settingsFor(environment.name, settings))
    app.synth()
    report(stack, outdir)
  } catch (error) {
    process.setSourceMapsEnabled(true)
    if (!(error instanceof InvalidSettingsError)) throw error
    process.stderr.write(`Cannot synthesize:\n${error.message.replace(/^/gm, '  ')}\n`)
    process.exitCode = 1
  }
}

/** The cdktf command sets CDKTF_OUTDIR. Nx caches a folder of its own for each environment, wherever the shell points. */
function outputFolder(environment: string): string {
  const own = join('cdktf.out', environment)
  return process.env.NX_TASK_TARGET_PROJECT === undefined ? process.env.CDKTF_OUTDIR || own : own
}

function settingsFor<Settings>(
  name: string,
  settings: Readonly<Record<string, Settings>>,
): Settings {
  const found = settings[name]
  if (isObject(found)) return found
  const known = Object.keys(settings).join(', ')
  throw new InvalidSettingsError([
    {
      path: `settings.ts: ${name}`,
      must: `be the settings of this stack in that environment; there are those of ${known}`,
      got: found,
      fix: 'Add them to the settings.ts of the stack.',
    },
  ])
}

function report({ stack, environment }: TidewayStack, outdir: string): void {
  const file = join(outdir, 'stacks', stack, 'cdk.tf.json')
  const { resource = {} } = JSON.parse(readFileSync(file, 'utf8')) as { resource?: object }
  const count = Object.values(resource).reduce((sum, ofType) => sum + Object.keys(ofType).length, 0)
  const shown = relative(process.cwd(), file)
  process.stdout.write(`${stack} for ${environment.name}: ${count} resources in ${shown}\n`)
}
