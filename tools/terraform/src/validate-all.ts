import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import { terraformVariables } from './cli-configuration'
import { TerraformToolError } from './errors'
import { type Diagnostic, describeDiagnostic } from './events'
import { type StackFolders, sharedFolder, workspace } from './folders'
import { oneAtATime } from './one-at-a-time'
import { runTerraform } from './run-terraform'
import { startSharedProvider } from './shared-provider'
import { readStackJson } from './stack-json'
import { synthesizeProjects } from './synthesize'

type Synthesized = Pick<StackFolders, 'stack' | 'environment' | 'synthesized'>

interface ValidationReport {
  readonly diagnostics: readonly (Diagnostic & { readonly range?: { readonly filename: string } })[]
}

/**
 * Validates stacks as modules of one configuration, which starts the AWS provider once.
 *
 * @param folder where the configuration is written; downloads of Terraform stay there for the next run
 * @returns the problems of each stack, in the order of the stacks
 */
export async function validateTogether(
  stacks: readonly Synthesized[],
  folder: string,
): Promise<{ stack: Synthesized; problems: string[] }[]> {
  for (const entry of readdirSync(folder)) {
    if (!entry.startsWith('.terraform')) rmSync(join(folder, entry), { recursive: true })
  }
  const module = Object.fromEntries(stacks.map((stack) => [moduleName(stack), sourceOf(stack)]))
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ module }))
  for (const stack of stacks) writeModule(stack, join(folder, moduleName(stack)))

  const json = stacks.map(({ synthesized }) => readStackJson(synthesized))
  const providers = json.flatMap((each) => each.providers)
  const variables = {
    ...terraformVariables(providers, join(folder, '.terraform.rc')),
    // Less garbage collection, which takes a fifth of the time.
    GOGC: '200',
  }
  const terraform = async (args: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const lines: string[] = []
    const onLine = (line: string) => lines.push(line)
    const run = { folder, variables: { ...variables, ...more }, onLine }
    const { code, stderr } = await runTerraform(args, run)
    return { code, stderr, stdout: lines.join('\n') }
  }
  const init = await terraform(['init', '-no-color', '-backend=false'])
  if (init.code !== 0) throw new TerraformToolError(`${init.stdout}\n${init.stderr}`.trim())
  const provider = await startSharedProvider(providers, folder, variables)
  const { stdout, stderr } = await terraform(['validate', '-json'], provider?.variables).finally(
    () => provider?.stop(),
  )
  if (!stdout.startsWith('{')) throw new TerraformToolError(`${stdout}\n${stderr}`.trim())
  const { diagnostics }: ValidationReport = JSON.parse(stdout)
  return stacks.map((stack, index) => ({
    stack,
    problems: diagnostics
      // A problem without a file applies to every stack.
      .filter(({ range }) => !range || range.filename.split('/')[0] === moduleName(stack))
      .map((each) => describeDiagnostic(each, json[index]?.pathOf ?? String)),
  }))
}

function moduleName({ stack, environment }: Synthesized): string {
  return `${stack}-${environment}`
}

function sourceOf(stack: Synthesized): { source: string } {
  return { source: `./${moduleName(stack)}` }
}

/** Without what only the root of a configuration may have: its backend, which `validate` does not check, and imports. */
function writeModule({ synthesized }: Synthesized, folder: string): void {
  cpSync(synthesized, folder, { recursive: true })
  const file = join(folder, 'cdk.tf.json')
  const json = JSON.parse(readFileSync(file, 'utf8'))
  delete json.terraform.backend
  delete json.import
  writeFileSync(file, JSON.stringify(json, null, 2))
}

/** Synthesizes every stack in every environment. */
async function synthesizeAll(): Promise<Synthesized[]> {
  const names = Object.keys(environments)
  const projects = ['apps', 'tools']
    .flatMap((kind) =>
      readdirSync(join(workspace, kind)).map((name) => join(workspace, kind, name)),
    )
    .filter((project) => existsSync(join(project, 'cdktf.json')))
  // The examples of services have the fields that those of the platform do not use.
  return synthesizeProjects(projects, names, { TIDEWAY_EXAMPLES: 'on' })
}

async function main(): Promise<void> {
  const folder = sharedFolder('validate')
  const stacks = await synthesizeAll()
  const results = await oneAtATime(join(sharedFolder('locks'), 'init'), () =>
    validateTogether(stacks, folder),
  )
  for (const { stack, problems } of results) {
    const title = `${stack.stack} in ${stack.environment}`
    process.stdout.write(
      `${[`${title}: ${problems.length === 0 ? 'valid' : 'invalid'}`, ...problems].join('\n')}\n`,
    )
  }
  const failed = results.filter(({ problems }) => problems.length > 0).length
  process.stdout.write(`Checks: ${results.length - failed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

if (require.main === module) {
  main().catch((error: Error) => {
    process.stderr.write(`${error.name === 'TerraformToolError' ? error.message : error.stack}\n`)
    process.exitCode = 1
  })
}
