import { spawnSync } from 'node:child_process'
import { scriptOf } from '../src/cli/example'

const run = (markdown: string) => {
  const { status, stdout } = spawnSync('bash', ['-euo', 'pipefail', '-c', scriptOf(markdown)], {
    encoding: 'utf8',
  })
  return { status, lines: stdout.split('\n').slice(0, -1) }
}

const block = (language: string, ...lines: string[]) =>
  ['', `\`\`\`${language}`, ...lines, '```', ''].join('\n')

describe('the script of a README', () => {
  it('prints each command before its output, and keeps variables and functions', () => {
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
      lines: [
        "$ name='$HOME'",
        '$ greet() {',
        '  echo "$1, $name"',
        '}',
        '$ for word in hello \\',
        '  bye; do',
        '  greet $word',
        'done',
        'hello, $HOME',
        'bye, $HOME',
        '$ pwd >&2',
      ],
    })
  })

  it('has only the blocks in sh, and stops at the first command that fails', () => {
    const markdown = [block('', 'echo output'), block('sh', 'false | cat', 'echo never')].join('')
    expect(run(markdown)).toEqual({ status: 1, lines: ['$ false | cat'] })
  })
})
