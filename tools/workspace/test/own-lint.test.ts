import { lintSource } from '../src/lint'

const messagesOf = (file: string, code: string) =>
  lintSource(file, code).map(({ message }) => message)

describe('an app does not import another app', () => {
  it.each([
    `import { a } from './../../network/src/settings'`,
    `import { a } from '../src/../../network/src/settings'`,
    `import { a } from '.././../network/src/settings'`,
    'import(`@tideway/network`)',
    'import(`../../network/src/stack`)',
    `type A = import('@tideway/network').X`,
    `jest.mock('@tideway/network')`,
    `jest.requireActual('../../network/src/stack')`,
    `createRequire(here)('@tideway/network')`,
    `const a = require('@tideway/network/src/settings')`,
    `export * from '@tideway/network/src/settings'`,
    `import '@tideway/edge'`,
    `import { a } from '@tideway/terraform'`,
  ])('by %s', (code) => {
    expect(messagesOf('apps/data/src/some.ts', code)).not.toEqual([])
  })

  it('from the root of its folder', () => {
    expect(messagesOf('apps/data/some.cjs', `require('../network/src/settings')`)).not.toEqual([])
  })

  it('by a computed import', () => {
    expect(messagesOf('apps/data/src/some.ts', 'import(`../../${name}/src`)')).not.toEqual([])
    expect(messagesOf('apps/data/src/some.ts', 'require(name)')).not.toEqual([])
  })

  it('but may import packages and its own files', () => {
    const code = `// from '@tideway/network'
      import { a } from '@tideway/constructs'
      import { b } from '../src/settings'
      import { Vpc } from '@cdktf/provider-aws/lib/vpc'
      const c = 'import("@tideway/network")'.length`
    expect(messagesOf('apps/data/test/some.ts', code.replace(/^.*const c.*$/m, ''))).toEqual([])
  })
})

describe('the package of the function', () => {
  const code = `import { tags } from '@tideway/failover-lambda/tags'`

  it('is imported only by the stack that deploys it', () => {
    expect(messagesOf('apps/compute/src/some.ts', code)).toEqual([])
    expect(messagesOf('apps/data/src/some.ts', code)).not.toEqual([])
    expect(messagesOf('packages/constructs/src/some.ts', code)).not.toEqual([])
  })
})

describe('packages do not import apps', () => {
  it.each(['@tideway/network', '@tideway/network/src/settings', '../../../apps/network/src/a'])(
    'by %s',
    (module) => {
      expect(
        messagesOf('packages/constructs/src/some.ts', `import { a } from '${module}'`),
      ).not.toEqual([])
    },
  )
})

describe('the root of the provider is not imported', () => {
  it.each(['', '/', '/lib', '/lib/', '/lib/index', '/lib/index.js'])(
    'as @cdktf/provider-aws%s',
    (end) => {
      expect(
        messagesOf('apps/data/src/some.ts', `import { a } from '@cdktf/provider-aws${end}'`),
      ).not.toEqual([])
      expect(
        messagesOf('tools/some/src/some.ts', `import(\`@cdktf/provider-aws${end}\`)`),
      ).not.toEqual([])
    },
  )
})

describe('the function contains no deployment tools', () => {
  it.each([
    'cdktf',
    'constructs/lib/construct',
    'cdktn',
    '@cdktn/provider-aws/lib/vpc',
    '../../constructs/src/iam',
    '@tideway/constructs/stacks',
  ])('not %s', (module) => {
    expect(
      messagesOf('packages/failover-lambda/src/some.ts', `import { a } from '${module}'`),
    ).not.toEqual([])
  })
})

describe('the layers of the local cloud', () => {
  it.each([
    ['gateway/gateway.ts', '../delivery/delivery'],
    ['gateway/gateway.ts', '../patches'],
    ['delivery/delivery.ts', '../console/server'],
    ['drought/session.ts', '../cli/board'],
  ])('%s does not import %s', (file, module) => {
    const code = `import type { A } from '${module}'`
    expect(messagesOf(`tools/local-cloud/src/${file}`, code)).not.toEqual([])
  })

  it('allow imports of the layers below', () => {
    const code = `import { a } from '../gateway/xml'`
    expect(messagesOf('tools/local-cloud/src/console/server.ts', code)).toEqual([])
    expect(messagesOf('tools/local-cloud/src/delivery/delivery.ts', code)).toEqual([])
  })
})

// Text for the linter: no test here is focused or skipped.
describe('every test runs', () => {
  it.each([
    'it.only(',
    'it.skip.each([1])(',
    'describe.skip.each`a`(',
    'xit.each([1])(',
    'fdescribe.each([1])(',
    `it['only'](`,
    'it.only.failing(',
    'it.only.each`a`(',
    `it.todo('later')`,
    'const t = it.only;',
    'test.concurrent.only(',
    'it.failing(',
    '// biome-ignore-all lint: no',
  ])('so %s is rejected', (code) => {
    expect(messagesOf('apps/data/test/some.test.ts', code)).not.toEqual([])
  })

  it('and similar code is not', () => {
    const code = `it.each([1])('only the skipped', () => expect(list.skipped).toBe(only))`
    expect(messagesOf('apps/data/test/some.test.ts', code)).toEqual([])
  })
})
