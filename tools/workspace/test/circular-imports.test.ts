import { circularImports } from '../src/circular-imports'

const root = '/nowhere'
const circlesIn = (sources: Readonly<Record<string, string>>) =>
  circularImports(root, new Map(Object.entries(sources)))

describe('circular imports', () => {
  it('are absent where imports lead one way', () => {
    expect(
      circlesIn({
        'a/src/one.ts': `import { two } from './two'\nimport { three } from './three'`,
        'a/src/two.ts': `import { three } from './three'\nimport { join } from 'node:path'`,
        'a/src/three.ts': '',
      }),
    ).toEqual([])
  })

  it.each([
    `import { one } from './one'`,
    `import type { One } from './one'`,
    `import {\n  type One,\n} from './one'`,
    `export * from './one'`,
    `type One = import('./one').One`,
    `const one = require('./one.ts')`,
  ])('are found between two files, also for %j', (back) => {
    expect(
      circlesIn({ 'a/src/one.ts': `import { two } from './two'`, 'a/src/two.ts': back }),
    ).toEqual([['a/src/one.ts', 'a/src/two.ts']])
  })

  it('are found through an index, a test and a longer way', () => {
    expect(
      circlesIn({
        'a/src/index.ts': `export * from './middle'`,
        'a/src/middle.ts': `import { sample } from '../test/sample'`,
        'a/test/sample.ts': `import { thing } from '../src'`,
        'a/test/some.test.ts': `import { sample } from './sample'`,
      }),
    ).toEqual([['a/src/index.ts', 'a/src/middle.ts', 'a/test/sample.ts']])
  })

  it('are found across the exports of packages', () => {
    const workspace = `${__dirname}/../../..`
    const sources = new Map([
      ['packages/constructs/src/names.ts', `import '@tideway/failover-lambda/tags'`],
      ['packages/failover-lambda/src/tags.ts', `import '@tideway/constructs/names'`],
    ])
    expect(circularImports(workspace, sources)).toEqual([[...sources.keys()]])
  })

  it('ignore comments and packages that are named like a file', () => {
    expect(
      circlesIn({
        'a/src/one.ts': `import { two } from './two'\nimport one from 'one'`,
        'a/src/two.ts': `// import { one } from './one'`,
      }),
    ).toEqual([])
  })
})
