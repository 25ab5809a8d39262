import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { TerraformToolError } from './errors'
import { sharedFolder } from './folders'

/** A provider as a stack pins it. */
export interface RequiredProvider {
  readonly source: string
  readonly version: string
}

/** Names a folder that holds providers, for a machine that cannot download them. */
export const mirrorVariable = 'TIDEWAY_PROVIDER_MIRROR'

/**
 * The variables that Terraform is run with. A CLI configuration file that a person wrote is used as it is.
 * Where there is none, or the environment names one that does not exist, we write one: it points at a
 * mirror on this machine where one has all the providers, and otherwise lets them be downloaded once
 * for all stacks.
 *
 * @param file where we write ours
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
  // Left over in a shell, these would mean another state, or another folder than the one we look after.
  delete quiet.TF_WORKSPACE
  delete quiet.TF_DATA_DIR
  if (variables[mirrorVariable] === undefined && personalConfiguration(variables)) return quiet
  const mirror = findMirror(providers, mirrorCandidates(variables), variables[mirrorVariable])
  writeFileSync(file, mirror === undefined ? downloadOnce() : useMirror(mirror))
  return { ...quiet, TF_CLI_CONFIG_FILE: file }
}

function personalConfiguration(variables: NodeJS.ProcessEnv): boolean {
  const named = variables.TF_CLI_CONFIG_FILE
  if (named !== undefined && named !== '') return existsSync(named)
  return existsSync(join(variables.HOME ?? homedir(), '.terraformrc'))
}

/** The usual mirror folders, and any folder for optional software: those are looked at one level deep. */
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
  if (named === undefined) return candidates.find((folder) => holdsAll(folder, providers))
  if (holdsAll(named, providers)) return named
  const wanted = providers.map(({ source, version }) => `${source} ${version}`).join(', ')
  throw new TerraformToolError(
    `${mirrorVariable}: must name a folder with ${wanted} for ${platform()}, laid out as registry.terraform.io/<source>/<version>/<platform>; got ${named}. Correct or unset it.`,
  )
}

/** Whether a folder has each provider at its version for this platform, unpacked or as the zip of a release. */
export function holdsAll(folder: string, providers: readonly RequiredProvider[]): boolean {
  return providers.every(({ source, version }) => {
    const home = join(folder, 'registry.terraform.io', source)
    const name = source.split('/').at(-1)
    return (
      existsSync(join(home, version, platform())) ||
      existsSync(join(home, `terraform-provider-${name}_${version}_${platform()}.zip`))
    )
  })
}

/** As Terraform names it: `linux_amd64`. */
function platform(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  return `${os}_${process.arch === 'x64' ? 'amd64' : process.arch}`
}

function useMirror(folder: string): string {
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(folder)}
    include = ["registry.terraform.io/*/*"]
  }
}
`
}

/** The cache is not safe for two inits at once; ours run one at a time. */
function downloadOnce(): string {
  return `plugin_cache_dir = ${JSON.stringify(sharedFolder('providers'))}\n`
}
