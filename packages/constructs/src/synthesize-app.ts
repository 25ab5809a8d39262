import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { App } from 'cdktf'
import type { Environment } from './environment'
import { chosenEnvironmentName, type EnvironmentName, environmentNamed } from './environments'
import { InvalidSettingsError } from './problems'
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
  try {
    const environment = environmentNamed(chosenEnvironmentName(process.env))
    // The cdktf command sets CDKTF_OUTDIR; an app that is run by itself has a folder for each environment.
    const outdir = process.env.CDKTF_OUTDIR || join('cdktf.out', environment.name)
    mkdirSync(join(outdir, 'stacks'), { recursive: true })
    const app = new App({ outdir })
    const stack = build(app, environment, settings[environment.name as EnvironmentName])
    app.synth()
    report(stack, outdir)
  } catch (error) {
    if (!(error instanceof InvalidSettingsError)) throw error
    process.stderr.write(`Cannot synthesize:\n${error.message.replace(/^/gm, '  ')}\n`)
    process.exitCode = 1
  }
}

function report({ stack, environment }: TidewayStack, outdir: string): void {
  const file = join(outdir, 'stacks', stack, 'cdk.tf.json')
  const { resource = {} } = JSON.parse(readFileSync(file, 'utf8')) as { resource?: object }
  const count = Object.values(resource).reduce((sum, ofType) => sum + Object.keys(ofType).length, 0)
  const shown = relative(process.cwd(), file)
  process.stdout.write(`${stack} for ${environment.name}: ${count} resources in ${shown}\n`)
}
