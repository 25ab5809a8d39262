import { AwsCalls } from '../src/aws-call'
import type { AwsRequest, AwsResponse } from '../src/gateway/aws-request'
import { jsonError, jsonResponse, xmlError, xmlResponse } from '../src/gateway/aws-response'
import { Gateway, restoreKey } from '../src/gateway/gateway'

const requests: AwsRequest[] = []
let response: AwsResponse
const gateway = new Gateway({
  patches: [],
  backend: async (request) => {
    requests.push(request)
    return response
  },
})
let aws: AwsCalls

beforeAll(async () => {
  aws = new AwsCalls(await gateway.listen(), 'reader')
})
beforeEach(() => requests.splice(0))
afterAll(() => gateway.close())

it('calls an operation in a JSON protocol', async () => {
  response = jsonResponse({ WebACLs: [{ Name: 'site' }] })
  expect(await aws.json('wafv2', 'ListWebACLs', { Scope: 'CLOUDFRONT' })).toEqual({
    WebACLs: [{ Name: 'site' }],
  })
  expect(requests).toMatchObject([
    { service: 'wafv2', accessKeyId: 'reader', operation: 'ListWebACLs', method: 'POST', url: '/' },
  ])
  expect(JSON.parse(String(requests[0]?.body))).toEqual({ Scope: 'CLOUDFRONT' })
})

it('throws the code and the message of a JSON error', async () => {
  response = jsonError('com.amazonaws#StateMachineDoesNotExist', 'no such state machine')
  await expect(aws.json('states', 'DescribeStateMachine')).rejects.toMatchObject({
    code: 'StateMachineDoesNotExist',
    message: 'states DescribeStateMachine: StateMachineDoesNotExist: no such state machine',
  })
})

it('calls an operation in a REST protocol, with the version that it changes', async () => {
  response = xmlResponse({ Distribution: { Id: 'E1' } }, 200, { etag: 'v2' })
  const path = '/2020-05-31/distribution/E1/config'
  const options = { body: '<DistributionConfig/>', ifMatch: 'v1' }
  expect(await aws.rest('cloudfront', 'PUT', path, options)).toEqual({
    document: { Distribution: { Id: 'E1' } },
    etag: 'v2',
  })
  expect(requests).toMatchObject([
    { service: 'cloudfront', method: 'PUT', url: path, headers: { 'if-match': 'v1' } },
  ])
})

it('throws the code and the message of an XML error', async () => {
  response = xmlError('NoSuchDistribution', 'The distribution does not exist.', 404)
  await expect(aws.rest('cloudfront', 'GET', '/2020-05-31/distribution/E2')).rejects.toMatchObject({
    code: 'NoSuchDistribution',
    message:
      'cloudfront GET /2020-05-31/distribution/E2: NoSuchDistribution: The distribution does not exist.',
  })
})

it('answers the calls that a restore waits for at once, and others after it', async () => {
  response = jsonResponse({})
  let restored = () => {}
  gateway.ready = new Promise<void>((resolve) => {
    restored = resolve
  })
  const order: string[] = []
  const waiting = aws.json('ssm', 'GetParameter').then(() => order.push('others'))
  for (const key of ['function-migrate', restoreKey]) {
    await new AwsCalls(aws.url, key).json('ssm', 'GetParameter')
    order.push(key)
  }
  restored()
  await waiting
  expect(order).toEqual(['function-migrate', 'restore', 'others'])
})
