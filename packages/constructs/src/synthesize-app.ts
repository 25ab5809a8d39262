import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { App } from 'cdktf'
import type { Construct } from 'constructs'
import { chosenEnvironmentName, type EnvironmentName, environmentNamed } from './environments'
import { InvalidSettingsError, isObject } from './problems'
import type { StackProps, TidewayStack } from './tideway-stack'

/**
 * The `main.ts` of an app: synthesizes its stack for the chosen environment into
 * `cdktf.out/<environment>/stacks/<app>/cdk.tf.json`. Prints invalid settings without a stack trace.
 *
 * @param settings the settings of the stack by environment
 */
export function synthesizeApp<Settings>(
  Stack: new (scope: Construct, props: StackProps<Settings>) => TidewayStack,
  settings: Readonly<Record<EnvironmentName, Settings>>,
): void {
  // cdktf records a stack trace for each token: resolving source maps takes a tenth of the time.
  process.setSourceMapsEnabled(false)
  try {
    const environment = environmentNamed(chosenEnvironmentName(process.env))
    const outdir = outputFolder(environment.name)
    mkdirSync(join(outdir, 'stacks'), { recursive: true })
    const app = new App({ outdir })
    const stack = new Stack(app, { environment, settings: settingsFor(environment.name, settings) })
    app.synth()
    report(stack, outdir)
  } catch (error) {
    process.setSourceMapsEnabled(true)
    if (!(error instanceof InvalidSettingsError)) throw error
    process.stderr.write(`Cannot synthesize:\n${error.message.replace(/^/gm, '  ')}\n`)
    process.exitCode = 1
  }
}

/** The cdktf command sets CDKTF_OUTDIR. Nx caches one folder per environment, so under Nx the variable is ignored. */
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
