import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { stackNames } from '@tideway/constructs/stacks'
import { type LeftOut, leaveOut, parts } from '../src/init/leave-out'
import { files, workspace } from './documents'

/** Documents, lists and code. Tests may use the names of stacks in samples of their own. */
const named = files.filter(
  (file) =>
    /\.(md|tsx?|cjs|jsonc?|ya?ml)$|CODEOWNERS$/.test(file) && !/\/(test|harness)\//.test(file),
)

describe.each(Object.keys(parts))('a clone without %s', (name) => {
  const root = mkdtempSync(join(tmpdir(), 'tideway-without-'))
  let result: LeftOut
  let left: ReadonlyMap<string, string>

  beforeAll(() => {
    for (const file of named) {
      mkdirSync(join(root, dirname(file)), { recursive: true })
      cpSync(join(workspace, file), join(root, file))
    }
    for (const { path } of parts[name]?.removes ?? []) {
      cpSync(join(workspace, path), join(root, path), { recursive: true })
    }
    result = leaveOut(name, root)
    left = new Map(
      named
        .filter((file) => existsSync(join(root, file)))
        .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
    )
  })
  afterAll(() => rmSync(root, { recursive: true }))

  it('has nothing of what is declared to go, all of which existed', () => {
    const declared = parts[name]?.removes.map(({ path }) => path) ?? []
    expect(result.deleted).toEqual([
      `apps/${name}`,
      `packages/constructs/src/contracts/${name}`,
      ...declared,
    ])
    expect(result.deleted.filter((path) => existsSync(join(root, path)))).toEqual([])
  })

  it('lists the other stacks, in their order', () => {
    const text = left.get('packages/constructs/src/stacks.ts') ?? ''
    const listed = [...text.matchAll(/^ {2}(\w+): \{$/gm)].map(([, stack]) => stack)
    expect(listed).toEqual(stackNames.filter((stack) => stack !== name))
  })

  it('does not name its folders, its package or its stack', () => {
    const names = new RegExp(
      `apps/${name}\\b|@tideway/${name}\\b|contracts/${name}\\b|(?<!read from )["'\`]${name}["'\`]|^ *${name}: |[ ,]${name}:deploy|-p \\S*\\b${name}\\b|^npx nx \\w+ ${name}\\b`,
      'm',
    )
    // The record of changes, the page about leaving it out, and the code that does.
    const about = ['CHANGELOG.md', 'docs/how-to/make-it-yours.md', 'tools/workspace/src/init/']
    const found = [...left].flatMap(([file, text]) =>
      about.some((path) => file.startsWith(path))
        ? []
        : text
            .split('\n')
            .filter((line) => names.test(line))
            .map((line) => `${file}: ${line}`),
    )
    expect(found).toEqual([])
  })

  it('has no link to what is gone', () => {
    const found = [...left].flatMap(([file, text]) =>
      [...text.matchAll(/\]\(([^)\s#:]+)(#[^)\s]*)?\)/g)].flatMap(([link, path = '']) => {
        const target = posix.join(posix.dirname(file), path)
        const isGone = result.deleted.some((gone) => `${target}/`.startsWith(`${gone}/`))
        return file.endsWith('.md') && isGone ? [`${file}: ${link}`] : []
      }),
    )
    expect(found).toEqual([])
  })

  it('lists what the security controls then cannot check', () => {
    const { notApplicable, accepted } = JSON.parse(
      readFileSync(join(root, 'tools/controls/src/left-out.json'), 'utf8'),
    )
    expect(Object.keys(notApplicable)).toContain('CKV_AWS_68')
    expect(accepted).toContainEqual({
      control: 'CKV2_AWS_38',
      resources: ['network/zones/public'],
      reason: expect.stringContaining(name),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
  })

  it('does not change when the part is left out again', () => {
    expect(leaveOut(name, root)).toMatchObject({ deleted: [], changed: [] })
  })
})

it.each([
  ['data', /must be one of: edge; got "data"\. It cannot go: compute reads/],
  ['toString', /must be one of: edge; got "toString"$/],
])('cannot leave out %s', (name, message) => {
  expect(() => leaveOut(name, '/nowhere')).toThrow(message)
})
