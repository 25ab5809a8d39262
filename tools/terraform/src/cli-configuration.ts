import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { TerraformToolError } from './errors'
import { sharedFolder } from './folders'

/** A provider at the version that a stack pins. */
export interface RequiredProvider {
  readonly source: string
  readonly version: string
}

/** A folder with providers, for a machine that cannot download them. */
const mirrorVariable = 'TIDEWAY_PROVIDER_MIRROR'

/**
 * The environment variables for Terraform. Uses the CLI configuration file of the user unchanged. Without one, this
 * writes a file with a local mirror that has all the providers, or else with a download cache for all stacks.
 *
 * @param file the file to write
 */
export function terraformVariables(
  providers: readonly RequiredProvider[],
  file: string,
  variables: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const quiet: NodeJS.ProcessEnv = {
    ...variables,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
  }
  // A value left in the shell would select another state, or another folder.
  delete quiet.TF_WORKSPACE
  delete quiet.TF_DATA_DIR
  if (variables[mirrorVariable] === undefined && hasUserConfiguration(variables)) return quiet
  const mirror = findMirror(providers, mirrorCandidates(variables), variables[mirrorVariable])
  writeFileSync(file, mirror === undefined ? cacheConfiguration() : mirrorConfiguration(mirror))
  return { ...quiet, TF_CLI_CONFIG_FILE: file }
}

function hasUserConfiguration(variables: NodeJS.ProcessEnv): boolean {
  const named = variables.TF_CLI_CONFIG_FILE
  if (named !== undefined && named !== '') return existsSync(named)
  return existsSync(join(variables.HOME ?? homedir(), '.terraformrc'))
}

/** The usual mirror folders, and each folder in the one for optional software. */
export function mirrorCandidates(variables: NodeJS.ProcessEnv, optional = '/opt'): string[] {
  const home = variables.HOME ?? homedir()
  const share = (variables.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(delimiter)
  const usual = [
    join(home, '.terraform.d'),
    join(variables.XDG_DATA_HOME ?? join(home, '.local/share'), 'terraform'),
    ...share.map((folder) => join(folder, 'terraform')),
  ].map((folder) => join(folder, 'plugins'))
  const children = existsSync(optional) ? readdirSync(optional).sort() : []
  return [...usual, ...children.map((child) => join(optional, child))]
}

function findMirror(
  providers: readonly RequiredProvider[],
  candidates: readonly string[],
  named: string | undefined,
): string | undefined {
  if (named === undefined) return candidates.find((folder) => hasAll(folder, providers))
  if (hasAll(named, providers)) return named
  const required = providers.map(({ source, version }) => `${source} ${version}`).join(', ')
  throw new TerraformToolError(
    `${mirrorVariable}: must name a folder with ${required} for ${platform()}, laid out as registry.terraform.io/<source>/<version>/<platform>; got ${named}. Correct or unset it.`,
  )
}

/** Whether a folder has each provider at its version for this platform, unpacked or as the zip of a release. */
export function hasAll(folder: string, providers: readonly RequiredProvider[]): boolean {
  return providers.every(({ source, version }) => {
    const home = join(folder, 'registry.terraform.io', source)
    const name = source.split('/').at(-1)
    return (
      existsSync(join(home, version, platform())) ||
      existsSync(join(home, `terraform-provider-${name}_${version}_${platform()}.zip`))
    )
  })
}

/** In Terraform's form: `linux_amd64`. */
function platform(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  return `${os}_${process.arch === 'x64' ? 'amd64' : process.arch}`
}

function mirrorConfiguration(folder: string): string {
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(folder)}
    include = ["registry.terraform.io/*/*"]
  }
}
`
}

/** The cache is not safe for two inits at once, so inits run one at a time. */
function cacheConfiguration(): string {
  return `plugin_cache_dir = ${JSON.stringify(sharedFolder('providers'))}\n`
}
