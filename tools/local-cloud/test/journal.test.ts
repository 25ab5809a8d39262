import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AwsRequest } from '../src/gateway/aws-request'
import { Gateway } from '../src/gateway/gateway'
import { isChange, Journal } from '../src/gateway/journal'
import { FakeMoto, jsonCall, queryCall, restCall } from './requests'

const folder = mkdtempSync(join(tmpdir(), 'tideway-journal-'))
afterAll(() => rmSync(folder, { recursive: true }))

let number = 0
const fresh = () => join(folder, String(++number))
const call = (name: string) => jsonCall('sqs', 'CreateQueue', { QueueName: name })
const namesIn = (path: string) =>
  new Journal(path).read().requests.map(({ body }) => JSON.parse(body.toString()).QueueName)

test('returns everything up to the last checkpoint and discards the rest', () => {
  const path = fresh()
  const journal = new Journal(path)
  journal.append(call('one'))
  journal.checkpoint({ network: 'a' })
  journal.append(call('two'))
  journal.checkpoint({ network: 'a', data: 'b' })
  journal.append(call('cut off'))
  // A killed process may write half a line.
  appendFileSync(path, '{"half":')
  expect(namesIn(path)).toEqual(['one', 'two'])
  expect(new Journal(path).read().notes).toEqual({ network: 'a', data: 'b' })
  expect(readFileSync(path, 'utf8')).not.toContain('half')
})

test('continues after the last checkpoint', () => {
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

test('is empty without a file or a checkpoint', () => {
  expect(new Journal(fresh()).read()).toEqual({ requests: [], notes: {} })
  const path = fresh()
  const journal = new Journal(path)
  journal.append(call('one'))
  expect(namesIn(path)).toEqual([])
  expect(readFileSync(path, 'utf8')).toBe('')
})

test('restores the signature, the body and the seed of a request', () => {
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
])('%#: reads and locks are not changes', (request, expected) => {
  expect(isChange(request)).toBe(expected)
})

describe('the gateway', () => {
  test('records changes with a seed each, except transient ones', async () => {
    const path = fresh()
    const moto = new FakeMoto('{}')
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
    expect(moto.requests.map(({ seed }) => seed)).toEqual([1, undefined, undefined, 2])
  })

  test('continues with new seeds after a replay', async () => {
    const moto = new FakeMoto('{}')
    const gateway = new Gateway({ backend: moto.backend, patches: [] })
    const progress: number[] = []
    await gateway.replay([{ ...call('one'), seed: 4 }], (done, total) => progress.push(done, total))
    await gateway.handle(call('two'))
    expect(moto.requests.map(({ seed }) => seed)).toEqual([4, 5])
    expect(progress).toEqual([1, 1])
  })

  test('does not record a change that failed in the emulator', async () => {
    const path = fresh()
    const journal = new Journal(path)
    const backend = async () => ({ status: 500, headers: {}, body: Buffer.from('') })
    await new Gateway({ backend, patches: [], journal }).handle(call('one'))
    journal.checkpoint({})
    expect(namesIn(path)).toEqual([])
  })

  test('returns its own failures as AWS errors', async () => {
    const backend = async () => Promise.reject(new Error('connection refused'))
    const { status, body } = await new Gateway({ backend, patches: [] }).handle(call('one'))
    expect(status).toBe(500)
    expect(body.toString()).toContain('the gateway failed: connection refused')
  })
})
