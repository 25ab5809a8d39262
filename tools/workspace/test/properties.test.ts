import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')
const scratch = join(workspace, '.tideway')

const unset = { TIDEWAY_SEED: undefined, TIDEWAY_CASES: undefined, TIDEWAY_PATH: undefined }

/** Runs a property that fails at numbers above 1000, and prints the numbers that it drew. */
function run(variables: NodeJS.ProcessEnv = {}): { drawn: string[]; output: string } {
  mkdirSync(scratch, { recursive: true })
  const folder = mkdtempSync(join(scratch, 'properties-'))
  try {
    mkdirSync(join(folder, 'test'))
    writeFileSync(
      join(folder, 'test/numbers.test.ts'),
      `import fc from 'fast-check'
       it('stays below 1000 (always)', () => {
         fc.assert(fc.property(fc.nat(), (n) => {
           process.stdout.write('drew ' + n + '\\n')
           if (process.env.MUST_FAIL && n > 1000) throw new Error('above')
         }), { numRuns: 7 })
       })`,
    )
    const { stdout, stderr } = spawnSync(
      join(workspace, 'node_modules/.bin/jest'),
      ['--config', join(workspace, 'jest.config.cjs'), '--rootDir', folder, '--runInBand'],
      { encoding: 'utf8', env: { ...process.env, ...unset, ...variables } },
    )
    return { drawn: stdout.match(/(?<=drew )\d+/g) ?? [], output: stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('a property test', () => {
  const usual = run().drawn

  it('draws the same cases in each run', () => {
    expect(usual).toHaveLength(7)
    expect(run().drawn).toEqual(usual)
  })

  it('draws other cases with another seed, and multiplies their number by TIDEWAY_CASES', () => {
    const { drawn } = run({ TIDEWAY_SEED: '7', TIDEWAY_CASES: '3' })
    expect(drawn).toHaveLength(21)
    expect(drawn.slice(0, 7)).not.toEqual(usual)
  })

  it('prints how to repeat the case that fails', () => {
    const { output } = run({ MUST_FAIL: '1' })
    const [, TIDEWAY_SEED, TIDEWAY_PATH, title = ''] =
      /TIDEWAY_SEED=(-?\d+) TIDEWAY_PATH=(\S+) npx nx test \S+ --testNamePattern='(.*)'/.exec(
        output,
      ) ?? []
    expect(new RegExp(title).test('stays below 1000 (always)')).toBe(true)
    expect(run({ MUST_FAIL: '1', TIDEWAY_SEED, TIDEWAY_PATH }).drawn[0]).toBe('1001')
  })
})

describe('npm run nightly', () => {
  it('runs every project with property tests or other cases that depend on TIDEWAY_CASES', () => {
    const { scripts } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
    const projects = ['apps', 'packages', 'tools'].flatMap((group) =>
      readdirSync(join(workspace, group)).map((project) => join(workspace, group, project)),
    )
    const withProperties = projects.filter((project) =>
      readdirSync(join(project, 'test'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && file !== basename(__filename))
        .some((file) =>
          /from 'fast-check'|TIDEWAY_CASES/.test(readFileSync(join(project, 'test', file), 'utf8')),
        ),
    )
    const [, named = ''] = /-p (\S+)/.exec(scripts.nightly) ?? []
    expect(named.split(',').sort()).toEqual(withProperties.map((path) => basename(path)).sort())
  })
})
