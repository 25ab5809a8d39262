import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Owners } from '../src/owners'

/** Pattern, the paths that match, and the paths that do not. */
const patterns: readonly (readonly [pattern: string, matches: string, others: string])[] = [
  // The documentation of GitHub describes these.
  ['*', 'a a/b .a a/b/c.js', ''],
  ['*.js', 'a.js deep/in/a.js', 'a.jsx js'],
  ['/build/logs/', 'build/logs/a build/logs/deep/a', 'build/log build/logs x/build/logs/a'],
  ['docs/*', 'docs/getting-started.md', 'docs/build-app/troubleshooting.md x/docs/a docs'],
  ['apps/', 'apps/a apps/b/c x/apps/a x/y/apps/b/c', 'apps xapps/a'],
  ['/docs/', 'docs/a docs/b/c', 'x/docs/a docs'],
  ['/scripts/', 'scripts/a scripts/b/c', 'x/scripts/a'],
  ['**/logs', 'logs logs/a build/logs/a scripts/logs/a deploy/logs/deep/a', 'logs.txt xlogs/a'],
  ['/apps/github', 'apps/github apps/github/a', 'apps/githubs apps/a'],
  // .gitignore has the rest.
  ['foo', 'foo foo/bar bar/foo bar/foo/baz', 'foo.txt bar/foo.txt bar/baz'],
  ['/foo', 'foo foo/bar foo/bar/baz', 'bar/foo fool'],
  ['foo/', 'foo/bar foo/bar/baz bar/foo/baz', 'foo bar/foo'],
  ['foo/bar', 'foo/bar foo/bar/baz', 'foo/bart baz/foo/bar'],
  ['foo/bar/', 'foo/bar/baz foo/bar/a/b', 'foo/bar baz/foo/bar/a'],
  ['f*', 'foo foo/bar bar/foo bar/foo/baz', 'xfoo bar/baz'],
  ['/*', 'foo bar .x', 'foo/bar foo/bar/baz'],
  ['/f*', 'foo foo/bar', 'bar/foo xfoo'],
  ['/*/', 'foo/bar foo/bar/baz', 'foo'],
  ['f*/', 'foo/bar bar/foo/baz', 'foo bar/foo'],
  ['foo/*.txt', 'foo/bar.txt', 'foo/bar/baz.txt x/foo/bar.txt'],
  ['foo/*/baz', 'foo/bar/baz foo/bar/baz/qux', 'foo/baz foo/a/b/baz'],
  ['foo/**/*', 'foo/a', 'foo'],
  ['f?o', 'foo fao x/f.o/y', 'fo fooo f/o'],
  ['**/foo/bar', 'foo/bar x/foo/bar x/y/foo/bar/z', 'foo/x/bar'],
  ['foo/**', 'foo/a foo/b/c', 'foo x/foo/a'],
  ['foo/**/bar', 'foo/bar foo/x/bar foo/x/y/bar/z', 'x/foo/bar foo/bars'],
  ['apps/**/*.ts', 'apps/a.ts apps/b/c/d.ts', 'apps/a.tsx x/apps/a.ts'],
  ['**', 'a a/b/c', ''],
  ['f\\*o', 'f*o', 'foo'],
  ['f\\?o', 'f?o', 'foo'],
  ['a.b', 'a.b x/a.b', 'axb'],
  ['(a|b)+$', '(a|b)+$', 'a b aa'],
  // Capitals count.
  ['/Docs/', 'Docs/a', 'docs/a DOCS/a'],
]

describe('a pattern', () => {
  const split = (paths: string) => paths.split(' ').filter((path) => path !== '')

  it.each(patterns)('%s matches %s', (pattern, matches, others) => {
    const owners = new Owners(`${pattern} @acme/team`)
    const owned = (paths: string) => split(paths).filter((path) => owners.of(path).length > 0)
    expect(owned(matches)).toEqual(split(matches))
    expect(owned(others)).toEqual([])
  })

  it('has blanks with a backslash before them', () => {
    const owners = new Owners('/my\\ docs/the\\ plan.md @a\n/a\\\\b @b')
    expect(owners.of('my docs/the plan.md')).toEqual(['@a'])
    expect(owners.of('my')).toEqual([])
    expect(owners.of('a\\b')).toEqual(['@b'])
  })
})

describe('the owners of a path', () => {
  it('are those of the last line that matches it, also where that names none', () => {
    const owners = new Owners('* @all\n/apps/ @octocat me@example.com\n/apps/github\n')
    expect(owners.of('README.md')).toEqual(['@all'])
    expect(owners.of('apps/a')).toEqual(['@octocat', 'me@example.com'])
    expect(owners.of('apps/github/a')).toEqual([])
    expect(new Owners('*.js @a\n*.js @b').of('a.js')).toEqual(['@b'])
  })

  it.each([
    ['# * @b'],
    ['  # * @b'],
    ['\\#a @b'],
    ['!a @b'],
    ['[ab] @b'],
    ['[Section]'],
    ['*** @b'],
    ['/ @b'],
    ['a nobody'],
    ['a @b @too/many/parts'],
    ['a @'],
    [''],
  ])('are not changed by a line that is a comment or invalid: %s', (line) => {
    const owners = new Owners(`* @all\n${line}`)
    for (const path of ['a', '#a', 'b', '!a', '[ab]', 'S', 'x/a'])
      expect(owners.of(path)).toEqual(['@all'])
  })

  it('are followed by a comment', () => {
    const owners = new Owners('* @all # @not-me\r\na#b @b\r\n/c #@not-me\r\n')
    expect([owners.of('x'), owners.of('a#b'), owners.of('c')]).toEqual([['@all'], ['@b'], []])
  })

  it('are read after a byte order mark, in tabs and with blanks around them', () => {
    expect(new Owners('\uFEFF  *\t@a/b.c\t@d  ').of('x')).toEqual(['@a/b.c', '@d'])
  })
})

describe('the file', () => {
  const repository = mkdtempSync(join(tmpdir(), 'tideway-owners-'))
  afterAll(() => rmSync(repository, { recursive: true }))
  const owner = () => Owners.read(repository).of('a')

  it('is the first of three', () => {
    expect(owner()).toEqual([])
    for (const [folder, name] of [
      ['docs', '@docs'],
      ['.', '@root'],
      ['.github', '@github'],
    ] as const) {
      mkdirSync(join(repository, folder), { recursive: true })
      writeFileSync(join(repository, folder, 'CODEOWNERS'), `* ${name}`)
      expect(owner()).toEqual([name])
    }
  })

  it('is not loaded from 3 MB', () => {
    const write = (bytes: number) =>
      writeFileSync(join(repository, '.github/CODEOWNERS'), '* @a\n'.padEnd(bytes, '#'))
    write(3 * 1024 * 1024 - 1)
    expect(owner()).toEqual(['@a'])
    write(3 * 1024 * 1024)
    expect(owner()).toEqual([])
  })
})
