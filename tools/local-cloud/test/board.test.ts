import { Board, isNoise, progressIn } from '../src/cli/board'

/** What a stream was told. */
function stream(columns?: number) {
  const told: string[] = []
  const write = (text: string) => told.push(text)
  return {
    told,
    out: { isTTY: columns !== undefined, columns, write } as unknown as NodeJS.WriteStream,
  }
}

test('without a terminal, each change is a line', () => {
  const { told, out } = stream()
  const board = new Board(out)
  board.set('data', '1 of 70')
  board.set('data', '1 of 70')
  board.set('data', '2 of 70')
  board.say('done')
  expect(told).toEqual(['  data     1 of 70\n', '  data     2 of 70\n', 'done\n'])
})

test('on a terminal, the lines of all stacks are written over, and cut to its width', () => {
  const { told, out } = stream(20)
  const board = new Board(out)
  board.set('network', 'waits')
  board.set('data', 'a line that is too long')
  expect(told.slice(1)).toEqual([
    '\u001b[1A\u001b[0J',
    '  network  waits\n',
    '  data     a line t\n',
  ])
  told.length = 0
  board.say('hello')
  expect(told).toEqual([
    '\u001b[2A\u001b[0J',
    'hello\n',
    '  network  waits\n',
    '  data     a line t\n',
  ])
  told.length = 0
  board.end()
  board.say('below')
  expect(told).toEqual(['below\n'])
})

test.each([
  ['data:   data: apply, 10 s: 2 of 70 resources done', '10 s: 2 of 70 resources done'],
  ['data:   data: 70 to add, 0 to change, 0 to destroy', '70 to add, 0 to change, 0 to destroy'],
  [
    'data:   data: waits for process 7, which works in the same folder',
    'waits for process 7, which works in the same folder',
  ],
  ['data: data in local: deployed in 28 s', undefined],
  ['compute:   compute: apply, 10 s: 2 of 212', undefined],
])('of "%s" it shows %s', (line, progress) => {
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
])('"%s" is noise: %s', (line, expected) => {
  expect(isNoise(line)).toBe(expected)
})
