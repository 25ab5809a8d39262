import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { environments } from '@tideway/constructs/environments'

const workspace = resolve(__dirname, '../../..')

/** Synthesizes the network with Nx, with or without a configuration and the variable. */
function synthesize(configuration: string | undefined, variable: string | undefined) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('NX_'))
  const { status, stdout, stderr } = spawnSync(
    join(workspace, 'node_modules/.bin/nx'),
    ['synth', 'network', ...(configuration === undefined ? [] : ['-c', configuration])],
    {
      cwd: workspace,
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(inherited),
        NX_DAEMON: 'false',
        NX_TUI: 'false',
        TIDEWAY_ENV: variable,
      },
    },
  )
  return { status, output: `${stdout}${stderr}` }
}

const json = (environment: string) =>
  join(workspace, `apps/network/cdktf.out/${environment}/stacks/network/cdk.tf.json`)

describe('the environment of a command', () => {
  it('is the configuration where the variable names another, and its JSON is the same from the cache', () => {
    expect(synthesize('local', 'prod').output).toContain('network for local:')
    const before = readFileSync(json('local'), 'utf8')
    rmSync(json('local'))
    synthesize('local', undefined)
    expect(existsSync(json('local'))).toBe(true)
    expect(readFileSync(json('local'), 'utf8')).toBe(before)
  })

  it.each([
    ['the variable', 'prod', 'prod'],
    ['dev by default, where the command changes nothing', undefined, 'dev'],
  ])('is %s', (_, variable, expected) => {
    expect(synthesize(undefined, variable).output).toContain(`network for ${expected}:`)
  })

  it('is rejected where it does not exist', () => {
    const { status, output } = synthesize(undefined, 'stage')
    expect(status).not.toBe(0)
    expect(output).toContain(
      `must name an environment: ${Object.keys(environments).join(', ')}; got "stage"`,
    )
  })
})
