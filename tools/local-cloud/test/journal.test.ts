import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AwsRequest } from '../src/gateway/aws-request'
import { Gateway } from '../src/gateway/gateway'
import { isChange, Journal } from '../src/gateway/journal'
import { Answering, jsonCall, queryCall, restCall } from './requests'

const folder = mkdtempSync(join(tmpdir(), 'tideway-journal-'))
afterAll(() => rmSync(folder, { recursive: true }))

let number = 0
const fresh = () => join(folder, String(++number))
const call = (name: string) => jsonCall('sqs', 'CreateQueue', { QueueName: name })
const namesIn = (path: string) =>
  new Journal(path).read().requests.map(({ body }) => JSON.parse(body.toString()).QueueName)

test('brings back what there was at the last checkpoint, and drops what came after it', () => {
  const path = fresh()
  const journal = new Journal(path)
  journal.append(call('one'))
  journal.checkpoint({ network: 'a' })
  journal.append(call('two'))
  journal.checkpoint({ network: 'a', data: 'b' })
  journal.append(call('cut off'))
  // As a process that was killed leaves it.
  appendFileSync(path, '{"half":')
  expect(namesIn(path)).toEqual(['one', 'two'])
  expect(new Journal(path).read().notes).toEqual({ network: 'a', data: 'b' })
  expect(readFileSync(path, 'utf8')).not.toContain('half')
})

test('goes on where it was cut', () => {
  const path = fresh()
  const first = new Journal(path)
  first.append(call('one'))
  first.checkpoint({})
  first.append(call('lost'))
  const second = new Journal(path)
  second.read()
  second.append(call('two'))
  second.checkpoint({})
  expect(namesIn(path)).toEqual(['one', 'two'])
})

test('has nothing where there is no file, or no checkpoint', () => {
  expect(new Journal(fresh()).read()).toEqual({ requests: [], notes: {} })
  const path = fresh()
  const journal = new Journal(path)
  journal.append(call('one'))
  expect(namesIn(path)).toEqual([])
  expect(readFileSync(path, 'utf8')).toBe('')
})

test('a call is made again as it was: signed by the same, with the same body and the same seed', () => {
  const path = fresh()
  const journal = new Journal(path)
  const put = restCall('s3', 'PUT', '/bucket/key?x-id=PutObject', 'binary \u0000')
  journal.append({
    ...put,
    seed: 7,
    headers: { ...put.headers, connection: 'close', 'if-match': 'x' },
  })
  journal.checkpoint({})
  const [again] = new Journal(path).read().requests
  expect(again).toEqual({ ...put, seed: 7, headers: { ...put.headers, 'if-match': 'x' } })
})

test.each([
  [jsonCall('sqs', 'CreateQueue'), true],
  [jsonCall('sqs', 'GetQueueAttributes'), false],
  [queryCall('iam', 'PutRolePolicy'), true],
  [queryCall('ec2', 'DescribeVpcs'), false],
  [restCall('s3', 'PUT', '/bucket/key'), true],
  [restCall('s3', 'GET', '/bucket/key'), false],
  [restCall('s3', 'HEAD', '/bucket'), false],
  [restCall('s3', 'PUT', '/bucket/local/network.tfstate.tflock?x-id=PutObject'), false],
  [restCall('s3', 'DELETE', '/bucket/local/network.tfstate.tflock'), false],
])('%#: what only looks is not kept, nor is a lock', (request, expected) => {
  expect(isChange(request)).toBe(expected)
})

describe('the gateway', () => {
  test('keeps changes that were answered, each with a seed of its own; and none of a function', async () => {
    const path = fresh()
    const moto = new Answering('{}')
    const journal = new Journal(path)
    const isTransient = ({ accessKeyId }: AwsRequest) => accessKeyId.startsWith('function-')
    const gateway = new Gateway({ backend: moto.backend, patches: [], journal, isTransient })
    const byFunction = { ...call('by a function'), accessKeyId: 'function-web' }
    for (const request of [call('one'), jsonCall('sqs', 'ListQueues'), byFunction, call('two')]) {
      await gateway.handle(request)
    }
    journal.checkpoint({})
    expect(namesIn(path)).toEqual(['one', 'two'])
    expect(new Journal(path).read().requests.map(({ seed }) => seed)).toEqual([1, 2])
    expect(moto.asked.map(({ seed }) => seed)).toEqual([1, undefined, undefined, 2])
  })

  test('goes on with the seeds after those of what it made again', async () => {
    const moto = new Answering('{}')
    const gateway = new Gateway({ backend: moto.backend, patches: [] })
    const told: number[] = []
    await gateway.replay([{ ...call('one'), seed: 4 }], (done, total) => told.push(done, total))
    await gateway.handle(call('two'))
    expect(moto.asked.map(({ seed }) => seed)).toEqual([4, 5])
    expect(told).toEqual([1, 1])
  })

  test('does not keep what the emulator failed at', async () => {
    const path = fresh()
    const journal = new Journal(path)
    const backend = async () => ({ status: 500, headers: {}, body: Buffer.from('') })
    await new Gateway({ backend, patches: [], journal }).handle(call('one'))
    journal.checkpoint({})
    expect(namesIn(path)).toEqual([])
  })

  test('answers a failure of its own as AWS would', async () => {
    const backend = async () => Promise.reject(new Error('connection refused'))
    const { status, body } = await new Gateway({ backend, patches: [] }).handle(call('one'))
    expect(status).toBe(500)
    expect(body.toString()).toContain('the gateway failed: connection refused')
  })
})
