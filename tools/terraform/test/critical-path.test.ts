import { CriticalPath, dependencies, pathLine } from '../src/critical-path'
import type { TerraformEvent } from '../src/events'

const json = {
  resource: {
    aws_vpc: { main: { cidr_block: '10.0.0.0/16', '//': { note: 'aws_lb.web' } } },
    aws_subnet: { a: { vpc_id: '${aws_vpc.main.id}' } },
    aws_lb: { web: { subnets: ['${local.subnets}'] } },
    aws_lb_listener: { https: { load_balancer_arn: '${aws_lb.web.arn}' } },
    aws_kms_key: { key: {} },
    aws_sqs_queue: {
      events: { policy: '${data.aws_iam_policy_document.send.json}', depends_on: ['aws_vpc.main'] },
    },
  },
  data: { aws_iam_policy_document: { send: { resources: ['${aws_kms_key.key.arn}'] } } },
  locals: { subnets: ['${aws_subnet.a.id}'] },
}

/** Adds a change of a resource from a second to another one. */
function changed(path: CriticalPath, addr: string, from: number, to?: number, action = 'create') {
  const event = (type: 'apply_start' | 'apply_complete', second: number): TerraformEvent => ({
    type,
    '@timestamp': new Date(second * 1000).toISOString(),
    hook: { resource: { addr }, action },
  })
  path.update(event('apply_start', from))
  if (to !== undefined) path.update(event('apply_complete', to))
}

test('finds dependencies by reference, by depends_on, and through data and locals', () => {
  const graph = dependencies(json)
  expect([...(graph.get('aws_lb.web') ?? [])]).toEqual(['local.subnets'])
  expect([...(graph.get('local.subnets') ?? [])]).toEqual(['aws_subnet.a'])
  expect([...(graph.get('aws_sqs_queue.events') ?? [])]).toEqual([
    'data.aws_iam_policy_document.send',
    'aws_vpc.main',
  ])
  expect([...(graph.get('aws_vpc.main') ?? [])]).toEqual([])
})

test('is the chain with the longest waits, without the time between them', () => {
  const path = new CriticalPath(json)
  changed(path, 'aws_vpc.main', 0, 12)
  changed(path, 'aws_kms_key.key', 0, 20)
  changed(path, 'aws_subnet.a[0]', 15, 16)
  changed(path, 'aws_subnet.a[1]', 15, 18)
  changed(path, 'aws_lb.web', 18, 48)
  changed(path, 'aws_sqs_queue.events', 20, 46)
  expect(pathLine(path.steps())).toBe(
    'critical path 46 s: aws_kms_key.key 20 s -> aws_sqs_queue.events 26 s',
  )
  changed(path, 'aws_lb_listener.https', 48, 50)
  expect(pathLine(path.steps(), (address) => address.split('.')[1] ?? '')).toBe(
    'critical path 47 s: main 12 s -> a 3 s -> web 30 s -> https 2 s',
  )
})

test('names the resources in progress', () => {
  const path = new CriticalPath(json)
  changed(path, 'aws_vpc.main', 0, 12)
  changed(path, 'aws_subnet.a', 12)
  expect(path.steps(20_000)).toEqual([
    { address: 'aws_vpc.main', seconds: 12, isDone: true },
    { address: 'aws_subnet.a', seconds: 8, isDone: false },
  ])
})

test('a destroy deletes dependents first', () => {
  const path = new CriticalPath(json)
  changed(path, 'aws_lb.web', 0, 10, 'delete')
  changed(path, 'aws_subnet.a', 10, 15, 'delete')
  changed(path, 'aws_kms_key.key', 0, 12, 'delete')
  expect(pathLine(path.steps())).toBe('critical path 15 s: aws_lb.web 10 s -> aws_subnet.a 5 s')
})

test('has no step without changes', () => {
  expect(pathLine(new CriticalPath({}).steps())).toBe('critical path 0 s')
})
