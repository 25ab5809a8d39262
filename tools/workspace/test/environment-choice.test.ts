import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')

/** What Nx prints when it synthesizes the network, with or without a configuration and the variable. */
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
  it.each([
    ['the configuration', 'local', undefined, 'local'],
    ['the variable', undefined, 'prod', 'prod'],
    ['the configuration before the variable', 'local', 'prod', 'local'],
    ['dev, where nothing is said and nothing is changed', undefined, undefined, 'dev'],
  ])('is %s', (_, configuration, variable, expected) => {
    expect(synthesize(configuration, variable).output).toContain(`network for ${expected}:`)
  })

  it.each([
    ['local', undefined, 'local'],
    [undefined, 'prod', 'prod'],
    [undefined, undefined, 'dev'],
  ])('gives its JSON from the cache as from the source (-c %s, TIDEWAY_ENV %s)', (...choice) => {
    const [configuration, variable, environment] = choice
    synthesize(configuration, variable)
    const before = readFileSync(json(environment), 'utf8')
    rmSync(json(environment))
    synthesize(configuration, variable)
    expect(existsSync(json(environment))).toBe(true)
    expect(readFileSync(json(environment), 'utf8')).toBe(before)
  })

  it('is refused in plain words where it is not there', () => {
    const { status, output } = synthesize(undefined, 'stage')
    expect(status).not.toBe(0)
    expect(output).toContain('must name an environment: local, dev, prod; got "stage"')
  })
})
