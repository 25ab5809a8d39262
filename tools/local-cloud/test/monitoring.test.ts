import { gzipSync } from 'node:zlib'
import { filterOf } from '@tideway/spot-simulator'
import { type AwsRequest, withBody } from '../src/gateway/aws-request'
import { readXml, textsNamed } from '../src/gateway/xml'
import { alarmState } from '../src/monitoring/alarm-state'
import { MetricStore } from '../src/monitoring/metric-store'
import { Monitoring } from '../src/monitoring/monitoring'
import { CloudWatch } from '../src/patches/cloudwatch'
import { FakeMoto, jsonCall, queryCall, responseJson, responseText } from './requests'

const minute = 60_000
const start = Date.UTC(2026, 0, 5)

describe('the state of an alarm', () => {
  const letters: Readonly<Record<string, boolean>> = { '0': false, X: true }
  const range = (text: string) => text.split(' ').map((letter) => letters[letter])
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const

  // The tables of "Configuring how CloudWatch alarms treat missing data". "same" means that the state is kept.
  test.each([
    [3, '0 - X - X', 'OK OK OK OK'],
    [3, '0 - - - -', 'OK OK OK OK'],
    [3, '- - - - -', 'INSUFFICIENT_DATA same ALARM OK'],
    [3, '0 X X - X', 'ALARM ALARM ALARM ALARM'],
    [3, '- - X - -', 'ALARM same ALARM OK'],
    [2, '0 - X - X', 'ALARM ALARM ALARM ALARM'],
    [2, '0 0 X 0 X', 'ALARM ALARM ALARM ALARM'],
    [2, '0 - X - -', 'OK OK ALARM OK'],
    [2, '- - - - 0', 'OK OK ALARM OK'],
    [2, '- - - X -', 'ALARM same ALARM OK'],
  ])('%i of 3 datapoints, with %s', (datapointsToAlarm, points, expected) => {
    for (const current of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const) {
      const states = treatments.map((treatMissingData) =>
        alarmState(
          range(points),
          { evaluationPeriods: 3, datapointsToAlarm, treatMissingData },
          current,
        ),
      )
      expect(states).toEqual(
        expected.split(' ').map((state) => (state === 'same' ? current : state)),
      )
    }
  })

  test.each(['- - - - X', '- - - X -'])('does not go off early at %s', (points) => {
    const rule = {
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      treatMissingData: 'missing',
    } as const
    expect(alarmState(range(points), rule, 'OK')).toBe('OK')
  })
})

describe('a filter pattern', () => {
  const line = JSON.stringify({
    message: 'decided',
    primary: 'api',
    desired: 3,
    dryRun: false,
    detail: { tasks: [{ id: 'a' }, { id: 'b/1' }] },
  })

  test.each([
    ['', true],
    ['decided', true],
    ['Decided', false],
    ['decided "primary":"api"', true],
    ['?nothing ?api', true],
    [String.raw`?"\"message\":\"decided\""`, true],
    [String.raw`?"\"message\":\"never\""`, false],
    ['?nothing ?never', false],
    ['decided -api', false],
    ['"desired, 3"', false],
    ['{ $.message = "decided" && $.primary = "api" }', true],
    ['{ $.message = "decided" && $.primary = "ap" }', false],
    ['{ $.primary = "a*" }', true],
    ['{ $.primary = api }', true],
    ['{ ($.message = "no" || $.desired >= 3) && $.desired < 4 }', true],
    ['{ $.message = "no" || $.desired > 3 }', false],
    ['{ $.desired = 3 }', true],
    ['{ $.desired = 4 }', false],
    ['{ $.primary != "worker" }', true],
    ['{ $.missing != "worker" }', false],
    ['{ $.detail.tasks[1].id = "b/1" }', true],
  ])('%s', (pattern, expected) => {
    expect(filterOf(pattern)(line)).toBe(expected)
    expect(filterOf('{ $.message = "decided" }')('decided as text')).toBe(false)
  })

  test.each([
    '{ $.message = }',
    '{ message = "x" }',
    '{ $.a = "x"',
    '{ $.a ~ 1 }',
    '{ $.a IS TRUE }',
    '[ip, user]',
  ])('%s is invalid', (pattern) => expect(() => filterOf(pattern)).toThrow(pattern))
})

function monitoringAt(clock: { now: number }, alarms = new CloudWatch()) {
  const timeline: string[] = []
  const published: { topicArn: string; subject: string; message: string }[] = []
  const monitoring = new Monitoring({
    now: () => clock.now,
    logGroups: new Map([['reconcile', '/own/group']]),
    alarms: () => alarms.all,
    onAlarm: ({ alarm, before, state, reason }) =>
      timeline.push(`${alarm.name} ${before} ${state}: ${reason}`),
    publish: async (message) => published.push(message),
  })
  const json = (request: AwsRequest) =>
    JSON.parse(monitoring.respond(request)?.body.toString() ?? 'null')
  return { monitoring, timeline, published, json }
}

describe('the logs of a function', () => {
  const clock = { now: start }
  const { monitoring, json } = monitoringAt(clock)
  const lines = ['one', '{"message":"decided"}', 'three', 'four']
  lines.forEach((line, index) => {
    clock.now = start + index * minute
    monitoring.addLine('reconcile', line)
  })
  const filter = (input: object) =>
    json(jsonCall('logs', 'FilterLogEvents', { logGroupName: '/own/group', ...input }))
  const messages = ({ events }: { events: { message: string }[] }) =>
    events.map(({ message }) => message)

  test('are filtered by pattern and time, with both ends', () => {
    expect(messages(filter({}))).toEqual(lines)
    expect(messages(filter({ filterPattern: '{ $.message = "decided" }' }))).toEqual([lines[1]])
    const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:/own/group:*'
    const tail = { logGroupName: undefined, logGroupIdentifier: arn, interleaved: true }
    expect(messages(filter(tail))).toEqual(lines)
    const range = { startTime: start + minute, endTime: start + 2 * minute }
    expect(messages(filter(range))).toEqual([lines[1], 'three'])
  })

  test('come in pages', () => {
    const first = filter({ limit: 3 })
    expect(messages(first)).toEqual(lines.slice(0, 3))
    const second = filter({ limit: 3, nextToken: first.nextToken })
    expect([...messages(second), second.nextToken]).toEqual(['four', undefined])
  })

  test('are found by a time of the clock of the caller', () => {
    const ago = (minutes: number) => Date.now() - minutes * minute
    expect(messages(filter({ startTime: ago(1.5) }))).toEqual(['three', 'four'])
    expect(messages(filter({ startTime: ago(-1) }))).toEqual(['four'])
  })

  test('are beside those of tasks, in streams', () => {
    const events = { logGroupName: '/web', logStreamName: 'web/app/1' }
    monitoring.addEvent('/web', 'web/app/1', 'ready')
    expect(messages(json(jsonCall('logs', 'GetLogEvents', events)))).toEqual(['ready'])
    const { logStreams } = json(jsonCall('logs', 'DescribeLogStreams', { logGroupName: '/web' }))
    expect(logStreams).toMatchObject([
      { logStreamName: 'web/app/1', firstEventTimestamp: clock.now },
    ])
  })

  test('of other groups are those of the emulator', () => {
    const other = { logGroupName: '/another' }
    expect(monitoring.respond(jsonCall('logs', 'FilterLogEvents', other))).toBeUndefined()
    expect(monitoring.respond(jsonCall('logs', 'DescribeLogGroups'))).toBeUndefined()
  })

  test('report an invalid pattern', () => {
    const output = filter({ filterPattern: '{ $.a ~ 1 }' })
    expect(output.__type).toBe('InvalidParameterException')
    expect(output.message).toContain('unexpected ~')
  })
})

describe('metrics', () => {
  const clock = { now: start + 10 * minute }
  const { monitoring, json } = monitoringAt(clock)
  const emf = (at: number, Shortfall: number, Service = 'api') =>
    JSON.stringify({
      _aws: {
        Timestamp: at,
        CloudWatchMetrics: [
          {
            Namespace: 'Tideway/Failover',
            Dimensions: [['Cluster', 'Service']],
            Metrics: [{ Name: 'Shortfall', Unit: 'Count' }],
          },
        ],
      },
      Cluster: 'main',
      Service,
      Shortfall,
    })
  for (const [at, value] of [
    [1, 2],
    [1.5, 4],
    [3, 6],
  ] as const) {
    monitoring.addLine('reconcile', emf(start + at * minute, value))
  }
  monitoring.addLine('reconcile', emf(start + minute, 1, 'worker'))
  monitoring.addLine('reconcile', 'not JSON with "_aws"')
  const metric = {
    Namespace: 'Tideway/Failover',
    MetricName: 'Shortfall',
    Dimensions: [
      { Name: 'Cluster', Value: 'main' },
      { Name: 'Service', Value: 'api' },
    ],
  }
  const seconds = start / 1000
  const data = (queries: object[], input: object = {}) =>
    json(
      jsonCall('monitoring', 'GetMetricData', {
        StartTime: seconds,
        EndTime: seconds + 300,
        ScanBy: 'TimestampAscending',
        MetricDataQueries: queries,
        ...input,
      }),
    )
  const stat = (Stat: string, Period = 60) => ({
    Id: 'm',
    MetricStat: { Metric: metric, Period, Stat },
  })

  test.each([
    ['Sum', [6, 6]],
    ['Average', [3, 6]],
    ['Minimum', [2, 6]],
    ['Maximum', [4, 6]],
    ['SampleCount', [2, 1]],
    ['p50', [2, 6]],
    ['p99', [4, 6]],
  ])('of the embedded format have the statistic %s', (statistic, values) => {
    const [result] = data([stat(statistic)]).MetricDataResults
    expect(result.Values).toEqual(values)
    expect(result.Timestamps).toEqual([seconds + 60, seconds + 180])
  })

  test('are added up over longer periods', () => {
    expect(data([stat('Sum', 300)]).MetricDataResults[0].Values).toEqual([12])
  })

  test.each([
    ['SUM(METRICS())', [6, 6]],
    ['FILL(m, 0)', [0, 6, 0, 6, 0]],
    ['m / 3 + 2 * -1', [0, 0]],
    ['IF(m > 5, 100 * FILL(m, 0) / m, 0)', [100, 100]],
    ['IF(m < 5, 1, 2 * 4)', [8, 8]],
    ['FILL(nothing, 0) + m', [6, 6]],
    ['SUM([m, nothing])', [6, 6]],
    ['MAX(m) - MIN(m)', [0, 0, 0, 0, 0]],
    ['m > 5 AND m < 6', [0, 0]],
    [
      `SEARCH('{Tideway/Failover,Cluster,Service} Cluster="main" MetricName="Shortfall"', 'Maximum', 60)`,
      [4, 6],
    ],
  ])('are combined by %s', (Expression, values) => {
    const nothing = {
      Id: 'nothing',
      ReturnData: false,
      MetricStat: { Metric: { ...metric, MetricName: 'Nothing' }, Period: 60, Stat: 'Sum' },
    }
    const queries = [{ ...stat('Sum'), ReturnData: false }, nothing, { Id: 'e', Expression }]
    expect(data(queries).MetricDataResults[0].Values).toEqual(values)
  })

  test.each(['SUM(METRICS()', 'DIFF(m)', 'm +', 'x', 'm m', '"m"'])(
    'cannot be combined by %s',
    (Expression) => {
      const output = data([stat('Sum'), { Id: 'e', Expression }])
      expect(output.__type).toBe('ValidationError')
    },
  )

  test('of a search have a result each', () => {
    const Expression = `SEARCH('{Tideway/Failover,Service,Cluster} Shortfall', 'Sum', 60)`
    const results = data([{ Id: 'e', Expression }]).MetricDataResults
    expect(results.map(({ Label }: { Label: string }) => Label)).toEqual([
      'main api Shortfall',
      'main worker Shortfall',
    ])
  })

  test('are listed in the query protocol, by dimension', () => {
    const response = monitoring.respond(
      queryCall('monitoring', 'ListMetrics', {
        Namespace: 'Tideway/Failover',
        'Dimensions.member.1.Name': 'Service',
        'Dimensions.member.1.Value': 'worker',
      }),
    )
    const document = readXml(response?.body ?? '')
    expect(textsNamed(document, 'Value').sort()).toEqual(['main', 'worker'])
  })

  test('have statistics in the query protocol', () => {
    const response = monitoring.respond(
      queryCall('monitoring', 'GetMetricStatistics', {
        Namespace: metric.Namespace,
        MetricName: metric.MetricName,
        'Dimensions.member.1.Name': 'Cluster',
        'Dimensions.member.1.Value': 'main',
        'Dimensions.member.2.Name': 'Service',
        'Dimensions.member.2.Value': 'api',
        StartTime: new Date(start).toISOString(),
        EndTime: new Date(start + 5 * minute).toISOString(),
        Period: '300',
        'Statistics.member.1': 'Sum',
        'Statistics.member.2': 'Maximum',
      }),
    )
    const document = readXml(response?.body ?? '')
    expect(textsNamed(document, 'Sum')).toEqual(['12'])
    expect(textsNamed(document, 'Maximum')).toEqual(['6'])
    expect(textsNamed(document, 'Timestamp')).toEqual([new Date(start).toISOString()])
  })

  test('are put by anybody, compressed too, and not into the namespaces of AWS', () => {
    const put = (Namespace: string) =>
      jsonCall('monitoring', 'PutMetricData', {
        Namespace,
        MetricData: [
          { MetricName: 'own', Value: 3 },
          { MetricName: 'own', Values: [1, 2] },
        ],
      })
    const request = put('Own')
    const headers = { ...request.headers, 'content-encoding': 'gzip' }
    const body = gzipSync(request.body)
    expect(json({ ...withBody(request, ''), headers, body })).toEqual({})
    const query = (Stat: string) => ({
      Id: 'm',
      MetricStat: { Metric: { Namespace: 'Own', MetricName: 'own' }, Period: 60, Stat },
    })
    const end = { EndTime: seconds + 660 }
    expect(data([query('Sum')], end).MetricDataResults[0].Values).toEqual([6])
    expect(data([query('SampleCount')], end).MetricDataResults[0].Values).toEqual([3])
    expect(json(put('AWS/SQS')).__type).toBe('InvalidParameterValue')
  })

  test('keep their sums for months in bounded memory', () => {
    const store = new MetricStore()
    const own = { namespace: 'Own', name: 'own', dimensions: {} }
    for (let index = 0; index < 40 * 1440; index += 2) store.add(own, start + index * minute, 2)
    const range = { start, end: start + 40 * 1440 * minute, period: 86_400 }
    expect([...store.series(own, 'Sum', range).values()]).toEqual(Array(40).fill(1440))
    expect(JSON.stringify(store.series(own, 'Sum', { ...range, period: 60 }).size)).toMatch(
      /^[23]\d\d\d$/,
    )
  })
})

describe('alarms', () => {
  const form = (name: string, input: Readonly<Record<string, string>>) =>
    queryCall('monitoring', 'PutMetricAlarm', {
      AlarmName: name,
      EvaluationPeriods: '1',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: '0',
      TreatMissingData: 'notBreaching',
      ActionsEnabled: 'true',
      'AlarmActions.member.1': 'arn:aws:sns:us-east-1:123456789012:alarms',
      'OKActions.member.1': 'arn:aws:sns:us-east-1:123456789012:alarms',
      ...input,
    })
  const own = { Namespace: 'AWS/SQS', MetricName: 'Age', Statistic: 'Maximum', Period: '60' }

  async function running(...requests: AwsRequest[]) {
    const patch = new CloudWatch()
    const moto = new FakeMoto('<PutMetricAlarmResponse/>')
    for (const request of requests) await patch.handle(request, moto.backend)
    const clock = { now: start }
    const { monitoring, timeline, published } = monitoringAt(clock, patch)
    patch.statusOf = (name) => monitoring.alarms.statusOf(name)
    patch.onSetState = (name, state, reason) => monitoring.alarms.set(name, state, reason)
    const next = async (values: Readonly<Record<string, number>> = {}) => {
      monitoring.add('AWS/SQS', {}, values)
      clock.now += minute
      await monitoring.alarms.evaluate()
    }
    return { patch, monitoring, timeline, published, next }
  }

  test('go off and return, with a message each, on the timeline', async () => {
    const { next, published, timeline } = await running(form('late', own))
    await next({ Age: 0 })
    expect(timeline).toEqual([])
    await next({ Age: 7 })
    expect(timeline).toEqual([
      'late OK ALARM: 1 of the last 1 datapoints [7] was greater than the threshold (0)',
    ])
    await next({ Age: 0 })
    expect(published.map(({ subject }) => subject)).toEqual([
      'ALARM: "late" in us-east-1',
      'OK: "late" in us-east-1',
    ])
    expect(JSON.parse(published[0]?.message ?? '')).toMatchObject({
      AlarmName: 'late',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
    })
  })

  test('evaluate metric math', async () => {
    const query = (index: number, name: string) => ({
      [`Metrics.member.${index}.Id`]: `m${index}`,
      [`Metrics.member.${index}.ReturnData`]: 'false',
      [`Metrics.member.${index}.MetricStat.Metric.Namespace`]: 'AWS/SQS',
      [`Metrics.member.${index}.MetricStat.Metric.MetricName`]: name,
      [`Metrics.member.${index}.MetricStat.Period`]: '60',
      [`Metrics.member.${index}.MetricStat.Stat`]: 'Sum',
    })
    const sum = {
      'Metrics.member.3.Id': 'sum',
      'Metrics.member.3.Expression': 'SUM(METRICS())',
      'Metrics.member.3.ReturnData': 'true',
    }
    const { next, timeline } = await running(
      form('sum', { ...query(1, 'one'), ...query(2, 'two'), ...sum }),
    )
    await next()
    await next({ one: 0 })
    expect(timeline).toEqual([])
    await next({ two: 2 })
    expect(timeline).toHaveLength(1)
  })

  test('of silence go off only once their periods have passed', async () => {
    const { next, timeline } = await running(
      form('dead', {
        ...own,
        EvaluationPeriods: '3',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: '1',
        TreatMissingData: 'breaching',
      }),
    )
    await next()
    await next()
    expect(timeline).toEqual([])
    await next()
    expect(timeline).toEqual([
      'dead OK ALARM: no datapoints were received for 3 periods, and missing data is breaching',
    ])
  })

  test('are described with their state, by both protocols, and found by it', async () => {
    const { patch, next } = await running(
      form('late', own),
      form('other', { ...own, MetricName: 'B' }),
    )
    await next({ Age: 7 })
    const MetricAlarms = ['late', 'other'].map((AlarmName) => ({ AlarmName, StateValue: 'OK' }))
    const described = await responseJson<{ MetricAlarms: object[] }>(
      patch,
      jsonCall('monitoring', 'DescribeAlarms', { StateValue: 'ALARM' }),
      new FakeMoto(JSON.stringify({ MetricAlarms })),
    )
    expect(described.MetricAlarms).toEqual([
      {
        AlarmName: 'late',
        StateValue: 'ALARM',
        StateReason: expect.stringContaining('greater than'),
        StateUpdatedTimestamp: (start + minute) / 1000,
        StateTransitionedTimestamp: (start + minute) / 1000,
      },
    ])
    const members = '<member><AlarmName>late</AlarmName><StateValue>OK</StateValue></member>'
    const xml = await responseText(
      patch,
      queryCall('monitoring', 'DescribeAlarms', { 'AlarmNames.member.1': 'late' }),
      new FakeMoto(
        `<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms>${members}</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>`,
      ),
    )
    expect(xml).toContain('<StateValue>ALARM</StateValue>')
    expect(xml).toContain(`<StateUpdatedTimestamp>${new Date(start + minute).toISOString()}`)
  })

  test('get a state by hand until the next evaluation, and are gone once deleted', async () => {
    const { patch, next, timeline, published } = await running(form('late', own))
    const state = { AlarmName: 'late', StateValue: 'ALARM', StateReason: 'a test' }
    await patch.handle(jsonCall('monitoring', 'SetAlarmState', state), new FakeMoto('{}').backend)
    expect(timeline).toEqual(['late OK ALARM: a test'])
    expect(published).toHaveLength(1)
    await next()
    expect(timeline).toHaveLength(2)
    const gone = jsonCall('monitoring', 'DeleteAlarms', { AlarmNames: ['late'] })
    await patch.handle(gone, new FakeMoto('{}').backend)
    await next({ Age: 9 })
    expect(timeline).toHaveLength(2)
  })

  test('of metrics that nothing writes here stay as they are until a caller puts one', async () => {
    const silent = { TreatMissingData: 'breaching', Namespace: 'AWS/RDS', MetricName: 'Load' }
    const { next, timeline, monitoring } = await running(form('load', { ...own, ...silent }))
    await next()
    expect(timeline).toEqual([])
    monitoring.add('AWS/RDS', {}, { Load: 1 })
    await next()
    expect(timeline).toHaveLength(1)
  })

  test('without actions send nothing', async () => {
    const { next, published, timeline } = await running(
      form('late', { ...own, ActionsEnabled: 'false' }),
    )
    await next({ Age: 1 })
    expect([published, timeline.length]).toEqual([[], 1])
  })
})
