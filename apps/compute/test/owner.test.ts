import { stacks } from '@tideway/constructs'
import { type Block, referenceAt, resourceAt, resourcesOf } from '@tideway/constructs/testing'
import type { ServiceDefinition } from '../src/definition'
import { checkServices } from '../src/definition/check-services'
import { services } from '../src/services'
import { compute } from './fixture'
import { service, task } from './shortest'

const payments = { owner: 'payments-team', costCentre: 'payments' }
const definitions = {
  worker: services.worker as ServiceDefinition,
  bills: {
    ...service,
    ...payments,
    queues: { due: {} },
    alarmEmails: ['pay@test.example', 'bill@test.example'],
  },
  invoices: {
    ...task,
    ...payments,
    alarmEmails: ['pay@test.example'],
  },
  teams: { ...service, owner: 'people-team' },
  plain: { ...service, owner: stacks.compute.owner },
}
const json = compute({}, {}, definitions)
const topicOf = (team: string) =>
  referenceAt(json, 'aws_sns_topic', `teams/${team}-alarms/topic`, 'arn')
const platformTopic = referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')
const alarmsOf = (name: string) =>
  Object.values(resourcesOf(json, 'aws_cloudwatch_metric_alarm')).filter(
    ({ alarm_name, ok_actions }) =>
      ok_actions !== undefined && new RegExp(`^tideway-test-(failover-)?${name}-`).test(alarm_name),
  )
const addressesOf = (topic: string) =>
  Object.values(resourcesOf(json, 'aws_sns_topic_subscription'))
    .filter(({ topic_arn }) => topic_arn === topic)
    .map(({ endpoint }) => endpoint)

describe('the alarms', () => {
  it.each([
    ['bills', () => topicOf('payments-team'), 4],
    ['invoices', () => topicOf('payments-team'), 1],
    ['teams', () => topicOf('people-team'), 3],
    ['plain', () => platformTopic, 3],
    ['worker', () => platformTopic, 4],
  ])('of %s go to its owner', (name, topic, count) => {
    const alarms = alarmsOf(name)
    expect(alarms).toHaveLength(count)
    for (const { alarm_actions, ok_actions } of alarms) {
      expect([alarm_actions, ok_actions]).toEqual([[topic()], [topic()]])
    }
  })

  it('reach the addresses of the owner, or else those of the environment', () => {
    expect(addressesOf(topicOf('payments-team'))).toEqual(['bill@test.example', 'pay@test.example'])
    expect(addressesOf(topicOf('people-team'))).toEqual(['oncall@test.example'])
    expect(addressesOf(platformTopic)).toEqual(['oncall@test.example'])
  })

  it('report a scheduled task of an owner whose run failed', () => {
    const alarm = resourceAt(json, 'aws_cloudwatch_metric_alarm', 'services/invoices/failed')
    const run = referenceAt(json, 'aws_sfn_state_machine', 'services/invoices/run', 'arn')
    const metrics: Block[] = alarm.metric_query.flatMap(({ metric }: Block) => metric ?? [])
    expect(metrics.map(({ metric_name }) => metric_name)).toEqual([
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'ExecutionsAborted',
    ])
    expect(new Set(metrics.map(({ dimensions }) => dimensions.StateMachineArn))).toEqual(
      new Set([run]),
    )
  })
})

it('everything of a service has the tags of its owner and of who pays', () => {
  const tagsBelow = (path: string) =>
    Object.values(json.resource ?? {})
      .flatMap((blocks) => Object.values(blocks))
      .filter(({ '//': { metadata } }) => `${metadata.path}/`.includes(`/${path}/`))
      .flatMap(({ tags }) => tags ?? [])
  const tags = { owner: 'payments-team', 'cost-centre': 'payments' }
  const ofBills = tagsBelow('services/bills')
  expect(ofBills.length).toBeGreaterThan(10)
  for (const own of [
    ...ofBills,
    ...tagsBelow('services/invoices'),
    ...tagsBelow('registry/bills'),
  ]) {
    expect(own).toMatchObject(tags)
  }
  expect(tagsBelow('registry/bills')).toHaveLength(1)
  // The queue, its dead letters, their alarm and the key.
  expect(tagsBelow('service-resources/bills')).toHaveLength(4)
  expect(tagsBelow('registry/worker')).toHaveLength(0)
  const standby = resourceAt(json, 'aws_ecs_service', 'services/bills/standby-fargate')
  expect(standby.tags).toMatchObject({ ...tags, 'tideway:standby-of': 'tideway-test-bills' })
  const worker = resourceAt(json, 'aws_ecs_service', 'services/worker/service')
  expect(worker.tags).not.toHaveProperty('owner')
})

it.each<[string, object, RegExp]>([
  ['a team', { owner: '@org/Team' }, /service\.owner: must be a team of GitHub.*"@org\/Team"/],
  ['a team of another type', { owner: 7 }, /service\.owner: must be.*got 7/],
  ['an address', { ...payments, alarmEmails: ['nobody'] }, /alarmEmails: must be a list of e-mail/],
  ['addresses without an owner', { alarmEmails: [] }, /alarmEmails: must come with an owner/],
  ['a cost centre', { costCentre: 'aws:x' }, /service\.costCentre: must be 1 to 256/],
])('%s that is wrong stops the synthesis', (_, change, message) => {
  for (const shortest of [service, task]) {
    const definition = { ...shortest, ...change }
    expect(() => Reflect.apply(checkServices, undefined, [{ mine: definition }])).toThrow(message)
  }
})
