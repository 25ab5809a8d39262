import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-lint-'))
  for (const file of ['biome.jsonc', '.gitignore']) {
    copyFileSync(join(workspace, file), join(folder, file))
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Lints one file with the rules of the repository, as if it were in the repository. */
function lint(file: string, code: string): { passes: boolean; output: string } {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, code)
  const biome = join(workspace, 'node_modules/.bin/biome')
  const args = ['lint', '--error-on-warnings', file]
  const { status, stdout, stderr } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' })
  rmSync(path)
  return { passes: status === 0, output: `${stdout}${stderr}` }
}

const use = 'console.log(thing)\n'

describe('the boundaries', () => {
  it.each([
    ['by name', `import { thing } from '@tideway/data'\n${use}`],
    ['by a path in the package', `import { thing } from '@tideway/data/src/stack'\n${use}`],
    ['by a relative path', `import { thing } from '../../data/src/stack'\n${use}`],
    ['for a type', `import type { Thing } from '@tideway/data'\nexport type Other = Thing\n`],
    ['to export it again', `export { thing } from '../../data/src/stack'\n`],
    ['late', `import('../../data/src/stack').then(console.log)\n`],
    ['by require', `const thing = require('@tideway/data')\n${use}`],
  ])('keep an app from importing another %s', (_, code) => {
    const { passes, output } = lint('apps/network/src/some.ts', code)
    expect(output).toMatch(/noRestrictedImports|noCommonJs/)
    expect(passes).toBe(false)
  })

  it.each(['apps/compute/src/deep/some.ts', 'apps/brand-new/src/some.ts'])(
    'apply to %s, in any folder and in new apps',
    (file) => {
      expect(lint(file, `import { thing } from '@tideway/edge'\n${use}`).passes).toBe(false)
      expect(lint(file, `import { thing } from '../../../data/src/a'\n${use}`).passes).toBe(false)
    },
  )

  it('let an app use the constructs, and its own files', () => {
    const code = `import { thing } from '@tideway/constructs'\nimport { other } from '../src/other'\nconsole.log(thing, other)\n`
    expect(lint('apps/network/test/some.ts', code)).toMatchObject({ passes: true })
  })

  it.each([
    'cdktf',
    'constructs',
    '@cdktf/provider-aws/lib/vpc',
    '@tideway/constructs',
    '@tideway/constructs/environments',
    '../../constructs/src/cidr',
  ])('keep %s out of the Lambda', (module) => {
    const code = `import { thing } from '${module}'\n${use}`
    expect(lint('packages/failover-lambda/src/some.ts', code).passes).toBe(false)
  })

  it.each(['packages/constructs/src/some.ts', 'tools/some/src/some.ts'])(
    'keep apps out of %s',
    (file) => {
      expect(lint(file, `import { thing } from '@tideway/network'\n${use}`).passes).toBe(false)
      expect(lint(file, `import { thing } from '../../../apps/data/src/a'\n${use}`).passes).toBe(
        false,
      )
    },
  )
})

// The following is text for the linter: it is not imported, and no test here is focused or skipped.
describe('the root of the provider', () => {
  it.each([
    'apps/network/src/some.ts',
    'packages/constructs/src/some.ts',
    'tools/some/src/some.ts',
  ])('is not imported in %s', (file) => {
    const { passes, output } = lint(file, `import { thing } from '@cdktf/provider-aws'\n${use}`)
    expect(passes).toBe(false)
    expect(output).toContain('540 MB')
  })

  it('has subpaths, which may be imported', () => {
    const code = `import { thing } from '@cdktf/provider-aws/lib/vpc'\n${use}`
    expect(lint('apps/network/src/some.ts', code)).toMatchObject({ passes: true })
  })
})

describe('a test that does not run', () => {
  it.each(['it.only', 'test.only', 'describe.only', 'fit', 'fdescribe'])(
    '%s is rejected',
    (call) => {
      const code = `${call}('focuses', () => {\n  expect(1).toBe(1)\n})\n`
      const { passes, output } = lint('apps/network/test/some.test.ts', code)
      expect(output).toContain('noFocusedTests')
      expect(passes).toBe(false)
    },
  )

  it.each(['it.skip', 'test.skip', 'describe.skip', 'xit', 'xtest', 'xdescribe'])(
    '%s is rejected',
    (call) => {
      const code = `${call}('skips', () => {\n  expect(1).toBe(1)\n})\n`
      const { passes, output } = lint('apps/network/test/some.test.ts', code)
      expect(output).toContain('noSkippedTests')
      expect(passes).toBe(false)
    },
  )

  it('is distinguished from one that runs', () => {
    const code = `it('runs', () => {\n  expect(1).toBe(1)\n})\n`
    expect(lint('apps/network/test/some.test.ts', code)).toMatchObject({ passes: true })
  })
})
