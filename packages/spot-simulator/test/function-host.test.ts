import { zipSync } from 'fflate'
import { FunctionHost } from '../src'

const code = `
let invocations = 0
export const count = async () => {
  console.log('counting')
  return { invocations: ++invocations, pid: process.pid, greeting: process.env.GREETING, now: Date.now() }
}
export const fail = async () => { throw new TypeError('bad event') }
export const exit = async () => process.exit(3)
export const hang = () => new Promise(() => {})
`
const zip = Buffer.from(zipSync({ 'index.mjs': Buffer.from(code) }))
const configuration = {
  name: 'counter',
  handler: 'index.count',
  timeoutSeconds: 60,
  memoryMegabytes: 128,
  variables: { GREETING: 'hello' },
}
const lines: string[] = []
const host = new FunctionHost({
  url: 'http://127.0.0.1:1',
  zipOf: (name) => (name === 'counter' ? zip : undefined),
  onLine: (name, line) => lines.push(`${name}: ${line}`),
})

afterEach(() => host.close())

async function count(changes: Partial<typeof configuration> = {}, now?: number) {
  const { response } = await host.invoke({ ...configuration, ...changes }, {}, now)
  return response as { invocations: number; pid: number; greeting: string; now: number }
}

test('a warm function keeps its process and its state', async () => {
  const first = await count()
  expect(first).toMatchObject({ invocations: 1, greeting: 'hello' })
  expect(await count()).toMatchObject({ invocations: 2, pid: first.pid })
  expect(lines).toContain('counter: counting')
})

test('events at the same time run in separate processes', async () => {
  const [one, other] = await Promise.all([count(), count()])
  expect(one.pid).not.toBe(other.pid)
})

test.each([
  ['another configuration', () => ({ variables: { GREETING: 'bye' } })],
  [
    'a recycled host',
    () => {
      host.recycle()
      return {}
    },
  ],
])('%s starts cold in the same process', async (_, change) => {
  const first = await count({}, 2_000_000_000_000)
  const second = await count(change(), 1_900_000_000_000)
  expect(second).toMatchObject({ invocations: 1, pid: first.pid })
  expect(second.now).toBeLessThan(first.now)
})

test('the clock follows the simulation, and never runs backwards', async () => {
  const first = await count({}, 2_000_000_000_000)
  expect(first.now).toBeGreaterThanOrEqual(2_000_000_000_000)
  expect((await count({}, 1_900_000_000_000)).now).toBeGreaterThanOrEqual(first.now)
})

test.each([
  ['index.fail', 'TypeError: bad event'],
  ['index.nothing', 'index exports no function nothing'],
  ['other.count', 'the zip has no other'],
  ['index.exit', 'its process ended with 3'],
])('%s rejects: %s', async (handler, message) => {
  await expect(host.invoke({ ...configuration, handler }, {})).rejects.toThrow(message)
  expect(await count()).toMatchObject({ invocations: 1 })
})

test('a function that exceeds its timeout rejects, and its process ends', async () => {
  const hanging = { ...configuration, handler: 'index.hang', timeoutSeconds: 0.2 }
  await expect(host.invoke(hanging, {})).rejects.toThrow('it exceeded its timeout of 0.2 s')
})

test('a function without a zip rejects', async () => {
  const missing = { ...configuration, name: 'missing' }
  await expect(host.invoke(missing, {})).rejects.toThrow('no zip was uploaded')
})
