import { Board, isNxOutput, progressIn } from '../src/cli/board'

function stream(columns?: number) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  return {
    written,
    out: { isTTY: columns !== undefined, columns, write } as unknown as NodeJS.WriteStream,
  }
}

test('prints a line for each change, without a terminal', () => {
  const { written, out } = stream()
  const board = new Board(out)
  board.set('data', '1 of 70')
  board.set('data', '1 of 70')
  board.set('data', '2 of 70')
  board.print('done')
  expect(written).toEqual(['  data     1 of 70\n', '  data     2 of 70\n', 'done\n'])
})

test('updates the lines of all stacks, cut to the width of the terminal', () => {
  const { written, out } = stream(20)
  const board = new Board(out)
  board.set('network', 'waits')
  board.set('data', 'a line that is too long')
  expect(written.slice(1)).toEqual([
    '\u001b[1A\u001b[0J',
    '  network  waits\n',
    '  data     a line t\n',
  ])
  written.length = 0
  board.print('hello')
  expect(written).toEqual([
    '\u001b[2A\u001b[0J',
    'hello\n',
    '  network  waits\n',
    '  data     a line t\n',
  ])
  written.length = 0
  board.end()
  board.print('below')
  expect(written).toEqual(['below\n'])
})

test.each([
  ['data:   data: apply, 10 s: 2 of 70 resources done', '10 s: 2 of 70 resources done'],
  ['data:   data: 70 to add, 0 to change, 0 to destroy', '70 to add, 0 to change, 0 to destroy'],
  [
    'data:   data: waits for process 7, which uses the same folder',
    'waits for process 7, which uses the same folder',
  ],
  ['data: data in local: deployed in 28 s', undefined],
  ['compute:   compute: apply, 10 s: 2 of 212', undefined],
])('shows the progress in "%s": %s', (line, progress) => {
  expect(progressIn('data', line)).toBe(progress)
})

test.each([
  ['', true],
  [' NX   Successfully ran target deploy for project data', true],
  ['> nx run data:deploy:local', true],
  ['  Run duration:      41.1s', true],
  ['        data:deploy:local    1m 24s', true],
  ['- data:deploy:local', true],
  ['data: Error: deleting ElastiCache: operation error ElastiCache: DeleteCacheSubnetGroup', false],
  ['data:   at data/cache/users (aws_elasticache_user_group)', false],
])('detects whether Nx printed "%s": %s', (line, expected) => {
  expect(isNxOutput(line)).toBe(expected)
})
