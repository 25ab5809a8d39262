import { type Block, referenceAt, resourceAt, resourcesOf } from '@tideway/constructs/testing'
import {
  DirectAccount,
  drought,
  type Release,
  SimulatedController,
  thisRelease,
} from '@tideway/failover-lambda/harness'
import { compute } from './fixture'

const json = compute()
const ref = (type: string, path: string) => referenceAt(json, type, `failover/${path}`, 'name')

class Throttled extends Error {}

interface Deps {
  readonly controller: SimulatedController
  /** Counts an event that EventBridge could not send, and could not write to the dead-letter queue either. */
  readonly failRule: () => void
}

/** How each part dies, and the alarms of the controller that must then be in ALARM. */
const deaths: Readonly<Record<string, { kill: (deps: Deps) => void; alarms: string[] }>> = {
  nothing: { kill: () => {}, alarms: [] },
  'the schedule of the sweep': {
    kill: ({ controller }) => refuse(controller, (body) => body.includes('Tideway Sweep')),
    alarms: ['dead'],
  },
  'the mapping of the reconcile queue': {
    kill: ({ controller }) => {
      controller.queue('reconcile').receive = () => []
    },
    alarms: ['dead', 'reconcile-late'],
  },
  'the mapping of the drain queue': {
    kill: ({ controller }) => {
      controller.queue('drain').receive = () => []
    },
    alarms: ['drain-late'],
  },
  'the concurrency of the account': {
    kill: ({ controller }) => controller.deploy(failing(() => new Throttled('429'))),
    alarms: [
      'dead',
      'drain-dead-letters',
      'drain-late',
      'drain-throttles',
      'reconcile-dead-letters',
      'reconcile-late',
      'reconcile-throttles',
    ],
  },
  'the code of the functions': {
    kill: ({ controller }) => controller.deploy(failing(() => new Error('cannot find module'))),
    alarms: [
      'dead',
      'drain-dead-letters',
      'drain-errors',
      'drain-late',
      'reconcile-dead-letters',
      'reconcile-errors',
      'reconcile-late',
    ],
  },
  // Handled errors are no errors of the function.
  'the table, or the access to it': {
    kill: ({ controller }) => {
      controller.dynamodb.call = () => {
        throw new Error('no such table')
      }
    },
    alarms: ['dead', 'reconcile-dead-letters', 'reconcile-late'],
  },
  'the log group, so that there are no metrics': {
    kill: ({ controller }) => {
      controller.log.push = () => 0
    },
    alarms: ['dead'],
  },
  'the policy of the queues, or of their key, for EventBridge': {
    kill: ({ controller, failRule }) => {
      refuse(controller, (body) => !body.includes('Tideway'), failRule)
    },
    alarms: ['rules-failed', 'rules-lost'],
  },
  'the topic': {
    kill: ({ controller }) => {
      controller.sns.call = () => {
        throw new Error('no such topic')
      }
    },
    alarms: ['reconcile-dead-letters', 'reconcile-late'],
  },
  // The sweeps cover. A plan shows the rule.
  'an event rule, which somebody disabled': {
    kill: ({ controller }) => refuse(controller, (body) => body.includes('ECS Task State Change')),
    alarms: [],
  },
}

function refuse(
  controller: SimulatedController,
  isRefused: (body: string) => boolean,
  note = () => {},
): void {
  for (const name of ['reconcile', 'drain'] as const) {
    const queue = controller.queue(name)
    const send = queue.send.bind(queue)
    queue.send = (body, ...rest) => {
      if (!isRefused(body)) return send(body, ...rest)
      note()
      return ''
    }
  }
}

function failing(error: () => Error): Release {
  const fail = () => Promise.reject(error())
  return { ...thisRelease, reconcileBatch: fail, drainBatch: fail }
}

/** One value for each minute, by metric and resource. A minute without a value has no data. */
type Series = Readonly<Record<string, readonly (number | undefined)[]>>

const minutes = { healthy: 4, killed: 11 }

/** The metrics of a controller of which a part is killed, just before Spot interrupts a service. */
async function metricsAfter(kill: (deps: Deps) => void): Promise<Series> {
  const fromSeconds = 60 * minutes.healthy + 10
  const account = new DirectAccount({ fargateSpot: drought({ fromSeconds, toSeconds: 3600 }) })
  account.addPair('api')
  const controller = new SimulatedController(account)
  const mappings = controller.start()
  const series: Record<string, (number | undefined)[]> = {}
  let failedRules = 0
  for (let minute = 0; minute < minutes.healthy + minutes.killed; minute++) {
    if (minute === minutes.healthy) kill({ controller, failRule: () => failedRules++ })
    const from = account.aws.now
    failedRules = 0
    await account.aws.run(60)
    const add = (name: string, value: number | undefined) => {
      series[name] = [...(series[name] ?? []), value]
    }
    const sweeps = controller.log.filter(
      ({ _aws, Sweeps }) => Sweeps !== undefined && (_aws as Block).Timestamp > from,
    )
    add('Sweeps', sweeps.length || undefined)
    // One rule receives the events. EventBridge has no data for the others.
    add(
      `FailedInvocations ${ref('aws_cloudwatch_event_rule', 'task-notice')}`,
      failedRules || undefined,
    )
    add(
      `InvocationsFailedToBeSentToDlq ${ref('aws_cloudwatch_event_rule', 'task-notice')}`,
      failedRules || undefined,
    )
    for (const [index, name] of (['reconcile', 'drain'] as const).entries()) {
      const queueName = (part: string) => ref('aws_sqs_queue', `${name}-queue/${part}`)
      const dead = controller.queue(name, 'dead-letters').counts().visible
      add(`ApproximateNumberOfMessagesVisible ${queueName('dead-letters')}`, dead)
      const age = controller.queue(name).ageOfOldestSeconds()
      add(`ApproximateAgeOfOldestMessage ${queueName('queue')}`, age)
      const errors = (mappings[index]?.invocations ?? []).flatMap(({ at, error }) =>
        at > from && error !== undefined ? [error] : [],
      )
      const throttles = errors.filter((error) => error instanceof Throttled).length
      const lambda = resourceAt(json, 'aws_lambda_function', `failover/${name}/function`)
      add(`Throttles ${lambda.function_name}`, throttles || undefined)
      add(`Errors ${lambda.function_name}`, errors.length - throttles || undefined)
    }
  }
  return series
}

/** Whether an alarm is in ALARM after a minute, by the rules of CloudWatch for missing data. */
function isInAlarm(alarm: Block, series: Series, after: number): boolean {
  const all = metricsOf(alarm).map((name) => series[name] ?? [])
  const values = Array.from({ length: after + 1 }, (_, minute) => {
    const known = all.flatMap((each) => each[minute] ?? [])
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value)
  })
  const { evaluation_periods: periods, datapoints_to_alarm: needed = periods } = alarm
  // CloudWatch reads more minutes than it evaluates, and replaces missing ones only if these are too few.
  const known = values.slice(-periods - 2).flatMap((value) => value ?? [])
  const breaching = known.slice(-periods).filter((value) => isBreaching(alarm, value)).length
  const missing = Math.max(0, periods - known.length)
  return breaching + (alarm.treat_missing_data === 'breaching' ? missing : 0) >= needed
}

/** The keys of its series: one metric, or several that are added. */
function metricsOf({ metric_query, metric_name, dimensions }: Block): string[] {
  if (metric_query === undefined) return [keyOf(metric_name, dimensions)]
  const expressions = metric_query.flatMap(({ expression }: Block) => expression ?? [])
  expect(expressions).toEqual(['SUM(METRICS())'])
  return metric_query.flatMap(({ metric }: Block) =>
    metric === undefined ? [] : keyOf(metric.metric_name, metric.dimensions),
  )
}

function keyOf(metricName: string, { Cluster, ...dimensions }: Record<string, string>): string {
  return [metricName, ...Object.values(dimensions)].join(' ')
}

function isBreaching({ comparison_operator, threshold }: Block, value: number): boolean {
  switch (comparison_operator) {
    case 'GreaterThanThreshold':
      return value > threshold
    case 'LessThanThreshold':
      return value < threshold
    default:
      throw new Error(`operator ${comparison_operator} is not simulated`)
  }
}

/** The alarms of the controller by name. Those of single services need a controller that works. */
const alarms = Object.values(resourcesOf(json, 'aws_cloudwatch_metric_alarm')).flatMap((alarm) => {
  const [, name] = /^tideway-test-failover-(.*)$/.exec(alarm.alarm_name) ?? []
  return name === undefined || alarm.dimensions?.Service !== undefined ? [] : [{ name, alarm }]
})

describe('the alarms of the controller, after somebody kills', () => {
  it.each(Object.entries(deaths))('%s', async (_, { kill, alarms: expected }) => {
    const series = await metricsAfter(kill)
    const killed = Array.from({ length: minutes.killed }, (_, minute) => minutes.healthy + minute)
    const active = alarms.filter(({ alarm }) =>
      killed.some((minute) => isInAlarm(alarm, series, minute)),
    )
    expect(active.map(({ name }) => name).sort()).toEqual(expected)
    // Three minutes without data, and two more that CloudWatch reads before it counts missing ones.
    const dead = alarms.find(({ name }) => name === 'dead')?.alarm ?? {}
    const isDead = expected.includes('dead')
    for (const minute of killed.slice(4)) expect(isInAlarm(dead, series, minute)).toBe(isDead)
  })

  it('any part, include every alarm', () => {
    const expected = new Set(Object.values(deaths).flatMap((death) => death.alarms))
    expect(alarms.map(({ name }) => name).filter((name) => !expected.has(name))).toEqual([])
  })
})
