import { addressAt, type Block, resourceAt, resourcesOf } from '@tideway/constructs/testing'
import type { ServiceDefinition } from '../src/definition'
import { checkServices } from '../src/definition/check-services'
import { isCron, isTimeZone } from '../src/definition/cron'
import { withServices } from './fixture'
import { service, task } from './shortest'

const schedule = {
  day: { at: 'cron(0 7 ? * MON-FRI *)', timeZone: 'Europe/Berlin', min: 4 },
  night: { at: 'cron(0 19 * * ? *)', min: 2, max: 3 },
} as const
const metrics = {
  jobs: {
    namespace: 'Orders',
    name: 'OpenJobs',
    dimensions: { Shop: 'main' },
    statistic: 'Maximum',
    target: 20,
  },
  load: { namespace: 'Orders', name: 'Load', target: 0.5, per: 'service' },
} as const

const json = withServices({
  orders: {
    ...service,
    scaling: {
      cpuPercent: 45,
      memoryPercent: 'off',
      metrics,
      schedule,
      scaleOutSeconds: 10,
      scaleInSeconds: 900,
    },
  },
  busy: {
    ...service,
    traffic: { from: 'internal', priority: 1, requestsPerTask: 'off' },
    scaling: { cpuPercent: 'off', metrics },
  },
  nightly: {
    ...task,
    runs: 'cron(30 2 * * ? *)',
    timeZone: 'Europe/Berlin',
    timeoutMinutes: 240,
    retries: 2,
  },
})

describe('scaling', () => {
  const policies = (name: string) =>
    Object.values(resourcesOf(json, 'aws_appautoscaling_policy'))
      .map(({ name: policy }) => policy)
      .filter((policy) => policy.startsWith(`${name}-`))
      .sort()
  const tracking = (id: string): Block =>
    resourceAt(json, 'aws_appautoscaling_policy', `services/orders/scaling/${id}`)
      .target_tracking_scaling_policy_configuration

  it('has the targets and cooldowns of the entry', () => {
    expect(policies('orders')).toEqual([
      'orders-cpu',
      'orders-metric-jobs',
      'orders-metric-load',
      'orders-surge',
    ])
    expect(tracking('cpu')).toMatchObject({
      target_value: 45,
      scale_out_cooldown: 10,
      scale_in_cooldown: 900,
    })
  })

  it('without CPU does not react to a surge of CPU either', () => {
    expect(policies('busy')).toEqual(['busy-memory', 'busy-metric-jobs', 'busy-metric-load'])
  })

  it('divides a metric by the tasks of the service and its standbys', () => {
    const { target_value, customized_metric_specification } = tracking('metric-jobs')
    const [own, ...tasks] = customized_metric_specification.metrics
    expect(target_value).toBe(20)
    expect(own).toEqual({
      id: 'own',
      return_data: false,
      metric_stat: {
        stat: 'Maximum',
        metric: {
          namespace: 'Orders',
          metric_name: 'OpenJobs',
          dimensions: [{ name: 'Shop', value: 'main' }],
        },
      },
    })
    expect(tasks.at(-1).expression).toBe(
      'IF(tasks0 >= 0, (FILL(own, 0)) / IF((tasks0 + FILL(tasks1, 0)) > 0, tasks0 + FILL(tasks1, 0), 1))',
    )
  })

  it('takes a metric of the whole service as it is', () => {
    const { target_value, customized_metric_specification } = tracking('metric-load')
    expect(target_value).toBe(0.5)
    expect(customized_metric_specification.metrics).toEqual([
      {
        id: 'own',
        return_data: true,
        metric_stat: {
          stat: 'Average',
          metric: { namespace: 'Orders', metric_name: 'Load', dimensions: [] },
        },
      },
    ])
  })

  it('changes the limits by schedule, and no deploy resets them', () => {
    const action = (id: string) =>
      resourceAt(json, 'aws_appautoscaling_scheduled_action', `services/orders/scaling/${id}`)
    const target = resourceAt(json, 'aws_appautoscaling_target', 'services/orders/scaling/target')
    expect(target).toMatchObject({ min_capacity: 2, max_capacity: 6 })
    expect(target.lifecycle.ignore_changes).toEqual(['min_capacity', 'max_capacity'])
    expect(action('at-day')).toMatchObject({
      name: 'orders-day',
      schedule: 'cron(0 7 ? * MON-FRI *)',
      timezone: 'Europe/Berlin',
      scalable_target_action: { min_capacity: '4', max_capacity: '6' },
    })
    expect(action('at-night')).toMatchObject({
      timezone: 'UTC',
      scalable_target_action: { min_capacity: '2', max_capacity: '3' },
    })
    // Application Auto Scaling rejects concurrent updates of a target.
    expect(action('at-night').depends_on).toEqual([
      addressAt(json, 'aws_appautoscaling_scheduled_action', 'services/orders/scaling/at-day'),
    ])
    const others = resourceAt(json, 'aws_appautoscaling_target', 'services/busy/scaling/target')
    expect(others).not.toHaveProperty('lifecycle')
  })
})

it('a scheduled task has the time zone, the timeout and the retries of its entry', () => {
  const clock = resourceAt(json, 'aws_scheduler_schedule', 'services/nightly/clock')
  expect(clock).toMatchObject({
    schedule_expression: 'cron(30 2 * * ? *)',
    schedule_expression_timezone: 'Europe/Berlin',
  })
  const run = resourceAt(json, 'aws_sfn_state_machine', 'services/nightly/run')
  const { OnSpot, OnDemand, Again } = JSON.parse(run.definition).States
  expect([OnSpot, OnDemand, Again].map(({ TimeoutSeconds }) => TimeoutSeconds)).toEqual([
    14_400, 14_400, 14_400,
  ])
})

describe('an invalid entry stops the synthesis', () => {
  /** Without type checks, as from JavaScript. */
  const check = (definition: object) =>
    Reflect.apply(checkServices, undefined, [{ mine: definition }])
  const limits = (change: object) => ({
    schedule: { ...schedule, day: { ...schedule.day, ...change } },
  })
  const metric = (change: object) => ({ metrics: { jobs: { ...metrics.jobs, ...change } } })

  it.each<[string, object, RegExp]>([
    ['tasks that are missing', { tasks: undefined }, /service\.tasks: must have.*got nothing/],
    ['a backlog of 0', { backlogPerTask: 0 }, /service\.backlogPerTask: must be a number above 0/],
    ['scaling that is no object', { scaling: 45 }, /service\.scaling: must be an object.*got 45/],
    [
      'no target at all',
      { scaling: { cpuPercent: 'off', memoryPercent: 'off' } },
      /service\.scaling: must leave a target/,
    ],
    [
      'no target but requests that are off',
      {
        traffic: { from: 'internal', priority: 1, requestsPerTask: 'off' },
        scaling: { cpuPercent: 'off', memoryPercent: 'off' },
      },
      /service\.scaling: must leave a target/,
    ],
    [
      'a schedule for blue/green',
      {
        release: { kind: 'blue-green' },
        traffic: { from: 'internal', priority: 1, requestsPerTask: 1 },
        scaling: { schedule },
      },
      /scaling\.schedule: must be left out for blue\/green/,
    ],
    ...(
      [
        ['CPU', { cpuPercent: 95 }, /scaling\.cpuPercent: must be a whole number from 10 to 80/],
        ['memory', { memoryPercent: '60' }, /scaling\.memoryPercent: must be.*got "60"/],
        ['a cooldown', { scaleInSeconds: -1 }, /scaling\.scaleInSeconds: must be 0 to 3600/],
        ['a list of metrics', { metrics: [] }, /scaling\.metrics: must be an object/],
        ['a name', { metrics: { 'A b': metrics.jobs } }, /lower-case.*got \{"A b"/],
        [
          'a metric',
          { metrics: { jobs: null } },
          /scaling\.metrics\.jobs: must be an object.*null/,
        ],
        ['a metric twice', { metrics: { a: metrics.jobs, b: metrics.jobs } }, /each metric once/],
        ['a namespace', metric({ namespace: ':x' }), /metrics\.jobs\.namespace: must be 1 to 255/],
        ['an expression', metric({ dimensions: { Shop: '${x}' } }), /jobs\.dimensions: must have/],
        ['a metric name', metric({ name: '' }), /metrics\.jobs\.name: must be 1 to 255/],
        [
          'a dimension',
          metric({ dimensions: { Shop: 1 } }),
          /metrics\.jobs\.dimensions: must have/,
        ],
        ['a statistic', metric({ statistic: 'p99' }), /statistic: must be "Average".*"p99"/],
        ['a target', metric({ target: Number.NaN }), /metrics\.jobs\.target: must be.*got NaN/],
        ['a divisor', metric({ per: 'node' }), /metrics\.jobs\.per: must be "task" or "service"/],
        ['one time alone', { schedule: { day: schedule.day } }, /schedule: must have two times/],
        [
          'two limits at a time',
          { schedule: { a: schedule.day, b: schedule.day } },
          /schedule: must set the limits once/,
        ],
        ['a time', limits({ at: 'rate(1 day)' }), /schedule\.day\.at: must be a cron/],
        ['a time zone', limits({ timeZone: 'CEST' }), /day\.timeZone: must be a time zone.*"CEST"/],
        ['limits outside tasks', limits({ min: 7 }), /day\.min: must be.*within tasks, 2 to 6/],
        ['a maximum outside tasks', limits({ max: 60 }), /day\.max: must be.*within tasks, 2 to 6/],
        ['a maximum below the minimum', limits({ max: 3 }), /day\.min: must be no more than max/],
        ['a time without limits', limits({ min: undefined }), /day\.min: must be set where max/],
      ] as [string, object, RegExp][]
    ).map(([what, scaling, message]): [string, object, RegExp] => [what, { scaling }, message]),
  ])('%s', (_, change, message) => {
    expect(() => check({ ...service, ...change })).toThrow(message)
  })

  it.each<[string, object, RegExp]>([
    ['a time zone', { runs: 'cron(0 3 * * ? *)', timeZone: 'Mars/Base' }, /service\.timeZone/],
    ['a time zone of a rate', { timeZone: 'UTC' }, /timeZone: must be left out for a rate/],
    ['a timeout', { timeoutMinutes: 0 }, /service\.timeoutMinutes: must be 1 to 1440/],
    ['retries', { retries: 6 }, /service\.retries: must be 0 to 5.*got 6/],
    ['a cron', { runs: 'cron(61 3 * * ? *)' }, /service\.runs/],
  ])('%s of a scheduled task', (_, change, message) => {
    expect(() => check({ ...task, ...change })).toThrow(message)
  })

  it('and a valid one does not', () => {
    const definition: ServiceDefinition = { ...service, scaling: { metrics, schedule } }
    expect(() => check(definition)).not.toThrow()
  })
})

it.each([
  ['0/15 * * * ? *', true],
  ['0 10,14 ? JAN-MAR MON-FRI 2027-2030', true],
  ['0 8 L * ? *', true],
  ['0 8 15W * ? *', true],
  ['0 8 ? * 6#3 *', true],
  ['0 8 * * * *', false],
  ['0 8 ? * ? *', false],
  ['0 24 * * ? *', false],
  ['0 8 * * ?', false],
  ['0  8 * * ? *', false],
  ['x 8 * * ? *', false],
  ['1-2-3 8 * * ? *', false],
  ['', false],
])('cron(%s) is valid: %s', (fields, isValid) => {
  expect(isCron(`cron(${fields})`)).toBe(isValid)
})

it.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['Asia/Kolkata', true],
  ['europe/berlin', false],
  ['+01:00', false],
  ['', false],
  [7, false],
])('%s is a time zone: %s', (name, isValid) => {
  expect(isTimeZone(name)).toBe(isValid)
})
