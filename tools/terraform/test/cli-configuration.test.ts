import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasAll, mirrorCandidates, terraformVariables } from '../src/cli-configuration'

const providers = [{ source: 'hashicorp/aws', version: '5.100.0' }]
const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`

let folder: string
let ours: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-mirror-'))
  ours = join(folder, 'ours.rc')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A folder laid out as a mirror, with nothing in its provider. */
function mirrorAt(path: string, version = '5.100.0', on = platform): string {
  mkdirSync(join(path, 'registry.terraform.io/hashicorp/aws', version, on), { recursive: true })
  return path
}

describe('a mirror', () => {
  it('has an unpacked provider', () => {
    expect(hasAll(mirrorAt(folder), providers)).toBe(true)
  })

  it('has a provider as the zip of its release', () => {
    const home = join(folder, 'registry.terraform.io/hashicorp/aws')
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, `terraform-provider-aws_5.100.0_${platform}.zip`), '')
    expect(hasAll(folder, providers)).toBe(true)
  })

  it('does not match with another version, another platform, or only some providers', () => {
    expect(hasAll(mirrorAt(join(folder, 'a'), '5.99.0'), providers)).toBe(false)
    expect(hasAll(mirrorAt(join(folder, 'b'), '5.100.0', 'plan9_mips'), providers)).toBe(false)
    const two = [...providers, { source: 'hashicorp/random', version: '3.0.0' }]
    expect(hasAll(mirrorAt(join(folder, 'c')), two)).toBe(false)
  })

  it('is searched in the usual folders, then in each folder for optional software', () => {
    mkdirSync(join(folder, 'opt/b'), { recursive: true })
    mkdirSync(join(folder, 'opt/a'))
    const variables = { HOME: '/home/someone', XDG_DATA_DIRS: '/data/one:/data/two' }
    expect(mirrorCandidates(variables, join(folder, 'opt'))).toEqual([
      '/home/someone/.terraform.d/plugins',
      '/home/someone/.local/share/terraform/plugins',
      '/data/one/terraform/plugins',
      '/data/two/terraform/plugins',
      join(folder, 'opt/a'),
      join(folder, 'opt/b'),
    ])
  })
})

describe('the CLI configuration of Terraform', () => {
  it('that the environment names is used unchanged', () => {
    const file = join(folder, 'terraform.rc')
    writeFileSync(file, '')
    const variables = { HOME: folder, TF_CLI_CONFIG_FILE: file }
    expect(terraformVariables(providers, ours, variables).TF_CLI_CONFIG_FILE).toBe(file)
  })

  it('of the home folder is used where the environment names none', () => {
    writeFileSync(join(folder, '.terraformrc'), '')
    expect(terraformVariables(providers, ours, { HOME: folder }).TF_CLI_CONFIG_FILE).toBeUndefined()
  })

  it('is generated if the environment names a missing file', () => {
    const variables = { HOME: folder, TF_CLI_CONFIG_FILE: join(folder, 'gone.rc') }
    const mirror = mirrorAt(join(folder, '.terraform.d/plugins'))
    expect(terraformVariables(providers, ours, variables).TF_CLI_CONFIG_FILE).toBe(ours)
    expect(readFileSync(ours, 'utf8')).toContain(`path    = "${mirror}"`)
  })

  it('names the mirror of the variable before any other', () => {
    writeFileSync(join(folder, '.terraformrc'), '')
    const mirror = mirrorAt(join(folder, 'elsewhere'))
    const variables = { HOME: folder, TIDEWAY_PROVIDER_MIRROR: mirror }
    terraformVariables(providers, ours, variables)
    expect(readFileSync(ours, 'utf8')).toContain(mirror)
  })

  it('rejects a variable that names no such mirror, and lists the providers', () => {
    const variables = { HOME: folder, TIDEWAY_PROVIDER_MIRROR: folder }
    expect(() => terraformVariables(providers, ours, variables)).toThrow(
      `TIDEWAY_PROVIDER_MIRROR: must name a folder with hashicorp/aws 5.100.0 for ${platform}`,
    )
  })

  it('downloads providers once for all stacks where there is no mirror', () => {
    const unheardOf = [{ source: 'example/none', version: '0.0.1' }]
    const variables = { HOME: folder, XDG_DATA_DIRS: folder }
    terraformVariables(unheardOf, ours, variables)
    expect(readFileSync(ours, 'utf8')).toMatch(/^plugin_cache_dir = ".*\.tideway.providers"\n$/)
  })
})
