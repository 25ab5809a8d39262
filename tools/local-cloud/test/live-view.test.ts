import { LiveView } from '../src/cli/live-view'
import type { Position } from '../src/console/session'
import type { ConsoleState, Update } from '../src/console/state'

const position: Position = { stage: 1, samples: 0, entries: 0, requests: 0, comparison: 0 }
const esc = '\u001b'

function update(changes: Partial<Update> = {}): Update {
  const api = { name: 'tideway-local-api', desired: 4, serving: 4, spot: 4, onDemand: 0 }
  return {
    at: 754,
    speed: 60,
    phase: 'synthesized',
    droughts: [],
    services: [{ ...api, standby: 0, relativeCost: 0.4, longestLossSeconds: 0 }],
    problems: [],
    behaviour: 'as-deployed',
    comparison: [],
    failures: [],
    releases: [],
    schedules: [],
    samples: [],
    timeline: [],
    requests: [],
    comparisonSamples: [],
    ...changes,
  }
}

/** A view of the given updates, and what it writes. */
function view(updates: readonly Update[], screen?: { columns: number; rows: number }) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  const out = { isTTY: screen !== undefined, ...screen, write } as unknown as NodeJS.WriteStream
  const left = [...updates]
  const next = () => left.shift() as ConsoleState
  const session = { position, state: next, updateSince: next }
  return { written, live: new LiveView({ session, url: 'http://127.0.0.1:1', out }) }
}

const notice = { at: 60, kind: 'notice', text: 'a task has two minutes left' } as const
const drought = update({ droughts: ['FARGATE_SPOT'], timeline: [notice, notice] })

beforeEach(() => {
  process.env.NO_COLOR = '1'
})
afterEach(() => {
  delete process.env.NO_COLOR
})

test('prints new entries and each change of the status, without a terminal', () => {
  const { written, live } = view([update(), drought, update({ droughts: ['FARGATE_SPOT'] })])
  for (let times = 0; times < 3; times++) live.update()
  expect(written).toEqual([
    'Spot has capacity; no standby is needed\n',
    '    1:00  notice    a task has two minutes left (2 times)\n',
    'Drought on FARGATE_SPOT; no standby is needed\n',
  ])
})

test('redraws in place: goes up by as many lines as it has drawn', () => {
  const { written, live } = view([update(), drought], { columns: 100, rows: 30 })
  live.update()
  live.update()
  const lines = (written[0] ?? '').split('\n').length - 1
  expect(written[0]).not.toContain(`${esc}[${lines}A`)
  expect(written[1]?.startsWith(`${esc}[${lines}A`)).toBe(true)
  expect(written[1]).toContain('Drought on FARGATE_SPOT')
})

test.each([20, 40, 200])(
  'stays within %d columns and 10 rows, with control characters',
  (columns) => {
    const entries = Array.from({ length: 50 }, () => ({
      ...notice,
      text: `\u001b[2Jx\n${'y'.repeat(300)}`,
    }))
    const { written, live } = view([update({ timeline: entries })], { columns, rows: 10 })
    live.update()
    const lines = (written[0] ?? '').split('\n').map((line) => line.replaceAll(`${esc}[K`, ''))
    expect(lines).toHaveLength(10)
    expect(lines.pop()).toBe(`${esc}[J`)
    for (const line of lines) expect(line.length).toBeLessThan(columns)
    expect(lines.join('')).not.toContain(esc)
  },
)

test('has colors unless NO_COLOR is set', () => {
  const { written, live } = view([update(), update()], { columns: 80, rows: 24 })
  live.update()
  expect(written[0]).not.toContain(`${esc}[1m`)
  process.env.NO_COLOR = ''
  live.update()
  expect(written[1]).toContain(`${esc}[1mTideway`)
})

test('shows requests, policies and the progress of the deployment', () => {
  const stack = { name: 'data', status: 'in progress', done: 10, all: 70, seconds: 65 } as const
  const rates = { rate: 200, failed: 12.4, slow: 0 }
  const { written, live } = view(
    [
      update({
        requests: [{ at: 750, services: { 'tideway-local-api': rates } }],
        comparison: [
          {
            policy: 'without',
            requests: 9,
            failed: 4321,
            longestLossSeconds: 61,
            dollars: 1.5,
          },
        ],
        deployment: {
          stacks: [{ ...stack, waitsFor: [{ address: 'aws_lb.external', seconds: 34 }] }],
          seconds: 65,
          status: 'in progress',
          criticalPath: [],
        },
      }),
    ],
    { columns: 100, rows: 30 },
  )
  live.update()
  expect(written[0]).toMatch(/10 of 70 resources, 1 m 05 s; waits for aws_lb.external 34 s/)
  expect(written[0]).toMatch(/tideway-local-api +4\/4 +4 +0 +200 +12 +0 +█/)
  expect(written[0]).toMatch(/without Tideway +4321 +1 m 01 s +\$1\.50/)
})

test('prints a line above the view', () => {
  const { written, live } = view([update()], { columns: 80, rows: 24 })
  live.update()
  live.print('deployed')
  expect(written[1]?.endsWith(`A${esc}[J`)).toBe(true)
  expect(written[2]).toBe('deployed\n')
  expect(written[3]).toContain('Tideway on this machine')
})
