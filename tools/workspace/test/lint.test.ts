import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')
const use = 'console.log(thing)\n'
const importOf = (module: string) => `import { thing } from '${module}'\n${use}`

interface Sample {
  readonly title: string
  readonly folder: string
  readonly code: string
  /** What Biome must report, or undefined where it must report nothing. */
  readonly reported: RegExp | undefined
  readonly extension?: string
}

// The following is text for the linter: it is not imported, and no test here is focused or skipped.
const boundary = /noRestrictedImports|noCommonJs/
const samples: readonly Sample[] = [
  ...[
    ['by name', importOf('@tideway/data')],
    ['by a path in the package', importOf('@tideway/data/src/stack')],
    ['by a relative path', importOf('../../data/src/stack')],
    ['for a type', `import type { Thing } from '@tideway/data'\nexport type Other = Thing\n`],
    ['to export it again', `export { thing } from '../../data/src/stack'\n`],
    ['late', `import('../../data/src/stack').then(console.log)\n`],
    ['by require', `const thing = require('@tideway/data')\n${use}`],
  ].map(([how = '', code = '']) => ({
    title: `an app does not import another ${how}`,
    folder: 'apps/network/src',
    code,
    reported: boundary,
  })),
  ...['apps/compute/src/deep', 'apps/brand-new/src'].flatMap((folder) =>
    ['@tideway/edge', '../../../data/src/a'].map((module) => ({
      title: `${module} is not imported in ${folder}: in any folder, and in new apps`,
      folder,
      code: importOf(module),
      reported: boundary,
    })),
  ),
  {
    title: 'an app may use the constructs, and its own files',
    folder: 'apps/network/test',
    code: `import { thing } from '@tideway/constructs'\nimport { other } from '../src/other'\nconsole.log(thing, other)\n`,
    reported: undefined,
  },
  ...[
    'cdktf',
    'constructs',
    '@cdktf/provider-aws/lib/vpc',
    '@tideway/constructs',
    '@tideway/constructs/environments',
    '../../constructs/src/cidr',
  ].map((module) => ({
    title: `${module} stays out of the Lambda`,
    folder: 'packages/failover-lambda/src',
    code: importOf(module),
    reported: boundary,
  })),
  ...['packages/constructs/src', 'tools/some/src'].flatMap((folder) =>
    ['@tideway/network', '../../../apps/data/src/a'].map((module) => ({
      title: `the app ${module} is not imported in ${folder}`,
      folder,
      code: importOf(module),
      reported: boundary,
    })),
  ),
  ...['apps/network/src', 'packages/constructs/src', 'tools/some/src'].map((folder) => ({
    title: `the root of the provider is not imported in ${folder}`,
    folder,
    code: importOf('@cdktf/provider-aws'),
    reported: /540 MB/,
  })),
  {
    title: 'a subpath of the provider may be imported',
    folder: 'apps/network/src',
    code: importOf('@cdktf/provider-aws/lib/vpc'),
    reported: undefined,
  },
  // Names for the text of samples: no test here is focused or skipped.
  ...[
    ...['it.only', 'test.only', 'describe.only', 'fit', 'fdescribe'].map(
      (call) => [call, /noFocusedTests/] as const,
    ),
    ...['it.skip', 'test.skip', 'describe.skip', 'xit', 'xtest', 'xdescribe'].map(
      (call) => [call, /noSkippedTests/] as const,
    ),
    ['it', undefined] as const,
  ].map(([call, reported]) => ({
    title: `${call} is ${reported ? 'rejected: not every test runs' : 'accepted'}`,
    folder: 'apps/network/test',
    code: `${call}('runs', () => {\n  expect(1).toBe(1)\n})\n`,
    reported,
    extension: '.test.ts',
  })),
]

const fileOf = ({ folder, extension = '.ts' }: Sample, index: number) =>
  `${folder}/some-${index}${extension}`

interface Diagnostic {
  readonly category: string
  readonly severity: string
  readonly message: string
  readonly location: { readonly path: string }
}

describe('the rules of the repository', () => {
  let diagnostics: readonly Diagnostic[]

  // Once for all samples, because a start of Biome takes longer than a sample.
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-lint-'))
    try {
      for (const file of ['biome.jsonc', '.gitignore']) {
        copyFileSync(join(workspace, file), join(folder, file))
      }
      for (const [index, sample] of samples.entries()) {
        const path = join(folder, fileOf(sample, index))
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, sample.code)
      }
      const biome = join(workspace, 'node_modules/.bin/biome')
      const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.']
      const { stdout } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' })
      diagnostics = JSON.parse(stdout).diagnostics
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each(samples.map((sample, index) => ({ ...sample, file: fileOf(sample, index) })))(
    '$title',
    ({ file, reported }) => {
      const found = diagnostics
        // Biome fails at an error, and by the option of `npm run lint` at a warning.
        .filter(({ severity }) => severity === 'error' || severity === 'warning')
        .filter(({ location }) => location.path === file)
        .map(({ category, message }) => `${category}: ${message}`)
      if (reported === undefined) expect(found).toEqual([])
      else expect(found.join('\n')).toMatch(reported)
    },
  )
})
