import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { git } from '@tideway/terraform/clone-files'
import { deployedNote, notDeployedNote } from '@tideway/terraform/running'
import { commandsOf, mark, missingLine, scriptOf } from '../src/cli/document-script'
import { copyRepository } from '../src/cli/repository-copy'

const run = (markdown: string, prologue = '') => {
  const script = `${prologue}\n${scriptOf(commandsOf(markdown))}`
  const { status, stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  return { status, lines: stdout.split('\n').slice(0, -1) }
}

const block = (language: string, ...lines: string[]) =>
  ['', `\`\`\`${language}`, ...lines, '```', ''].join('\n')

describe('the script of a document', () => {
  it('prints a mark before the output of each command, and keeps variables and functions', () => {
    const first = block('sh', "name='$HOME'", 'greet() {', '  echo "$1, $name"', '}')
    const second = block(
      'sh',
      'for word in hello \\',
      '  bye; do',
      '  greet $word',
      'done',
      'pwd >&2',
    )
    expect(run(`# Title\n${first}Text.\n${second}`)).toEqual({
      status: 0,
      lines: [`${mark}0`, `${mark}1`, `${mark}2`, 'hello, $HOME', 'bye, $HOME', `${mark}3`],
    })
  })

  it('has only the blocks in sh, and stops at the first command that fails', () => {
    const markdown = [block('', 'echo output'), block('sh', 'false | cat', 'echo never')].join('')
    expect(run(markdown)).toEqual({ status: 1, lines: [`${mark}0`] })
  })

  const npm = (output: string, rest: string) => `npm() { echo "$*"; echo '${output}'; ${rest}; }`
  const started = block('sh', 'npm start', 'echo next')

  it('runs what serves a console beside the next commands, when all is deployed', () => {
    const { status, lines } = run(started, npm(deployedNote, 'sleep 1'))
    expect({ status, lines: lines.slice(0, 5) }).toEqual({
      status: 0,
      lines: [`${mark}0`, 'start', deployedNote, `${mark}1`, 'next'],
    })
  })

  it.each([
    ['ends', npm('error', 'return 1')],
    ['cannot deploy', npm(notDeployedNote, 'sleep 1')],
  ])('fails where it %s', (_, fake) => {
    const { status, lines } = run(started, fake)
    expect(status).toBe(1)
    expect(lines).not.toContain('next')
  })

  it('waits for a drill', () => {
    const { lines } = run(
      block('sh', 'npm start -- --drill --speed 600', 'echo next'),
      npm('drill', 'return 0'),
    )
    expect(lines).toEqual([`${mark}0`, 'start -- --drill --speed 600', 'drill', `${mark}1`, 'next'])
  })
})

describe('the commands of a document', () => {
  it('have their lines, and the output of their block', () => {
    const markdown = [
      'Text.',
      block('sh', '# why', 'one', '', 'two \\', '  three'),
      block('text', 'out'),
      block('text', 'no output'),
      block('sh', 'four'),
      block('', 'of no command'),
    ].join('')
    expect(commandsOf(markdown)).toEqual([
      { text: 'one\n\n', line: 4 },
      { text: 'two \\\n  three\n', line: 6, output: { text: 'out\n', line: 11 } },
      { text: 'four\n', line: 19 },
    ])
  })

  it('may print more lines than the document shows, and other times and ids', () => {
    const actual = 'a\nb took 12.5 s\nc at 10:31:07\nd 3f2a99c1\ne 2026-01-05T10:00:00Z\n'
    expect(missingLine('b  took 3 min\n...\nd 0aaaaaa9\n\ne 2025-12-31 00:00:00', actual)).toBe(
      undefined,
    )
    expect(missingLine('d 3f2a99c1\na\n', actual)).toBe('a')
    expect(missingLine('2 failed', '3 failed')).toBe('2 failed')
  })
})

describe('a copy of a repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-copy-'))
  const [from, copy] = [join(folder, 'from'), join(folder, 'copy')]
  const pathIn = (name: string) => realpathSync(join(copy, 'node_modules', name))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is a clean repository of its own, whose packages are its own', () => {
    for (const path of [
      'packages/own',
      'node_modules/@acme',
      'node_modules/.bin',
      'node_modules/other',
    ])
      mkdirSync(join(from, path), { recursive: true })
    symlinkSync('../../packages/own', join(from, 'node_modules/@acme/own'))
    writeFileSync(join(from, 'packages/own/index.js'), 'uncommitted')
    writeFileSync(join(from, '.gitignore'), 'node_modules\nignored\n')
    writeFileSync(join(from, 'ignored'), '')
    git(from, 'init', '--quiet')
    copyRepository(copy, from)
    expect(git(copy, 'status', '--porcelain', '--branch')).toBe('## main\n')
    expect(git(copy, 'ls-files')).toBe('.gitignore\npackages/own/index.js\n')
    expect(readFileSync(join(copy, 'packages/own/index.js'), 'utf8')).toBe('uncommitted')
    expect(existsSync(join(copy, 'ignored'))).toBe(false)
    expect(pathIn('@acme/own')).toBe(realpathSync(join(copy, 'packages/own')))
    expect(pathIn('other')).toBe(realpathSync(join(from, 'node_modules/other')))
  })
})
