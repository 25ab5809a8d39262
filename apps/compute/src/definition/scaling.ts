import {
  type Check,
  type Checks,
  failedChecks,
  hasExpression,
  isNumber,
  isObject,
  isString,
  type Problem,
} from '@tideway/constructs'
import { type Cron, cronFormat, isCron, isTimeZone, timeZoneFormat } from './cron'
import type { BlueGreenRelease, RollingRelease } from './release'
import { backlogs, type ResourceFields } from './resources'
import type { Traffic } from './traffic'
import { choice, isUnique, isWhole } from './values'

export interface ScalingFields {
  /**
   * The limits of autoscaling.
   *
   * @example tasks: { min: 3, max: 30 }
   */
  readonly tasks: {
    /** Tasks that always run. Fewer raise an alarm. */
    readonly min: number
    /** The most that autoscaling runs. */
    readonly max: number
  }
  /**
   * Messages in the work queue per task that autoscaling aims for.
   *
   * @default the queue does not scale the service
   * @example backlogPerTask: 10, uses: ['work-queue']
   */
  readonly backlogPerTask?: number
  /**
   * What autoscaling aims for, and at which times.
   *
   * @default 60 % CPU, 70 % memory, and the requests and backlog of the fields for them
   * @example scaling: { cpuPercent: 45 }
   */
  readonly scaling?: ScalingTargets
}

/** What autoscaling aims for. The target that needs most tasks wins. */
export interface ScalingTargets {
  /**
   * Average CPU utilization that autoscaling aims for. `off` also removes the policy for surges: choose it for tasks
   * that always use all of their CPU.
   *
   * @default 60
   * @example scaling: { cpuPercent: 45 }
   */
  readonly cpuPercent?: number | 'off'
  /**
   * Average memory utilization that autoscaling aims for. Choose `off` for programs that never return memory.
   *
   * @default 70
   * @example scaling: { memoryPercent: 'off' }
   */
  readonly memoryPercent?: number | 'off'
  /**
   * Metrics of CloudWatch to scale on, by a name of your choice. A task publishes its own by writing them to its log in
   * the embedded metric format, which needs no permission.
   *
   * @default none
   * @example scaling: { metrics: { jobs: { namespace: 'Orders', name: 'OpenJobs', target: 20 } } }
   */
  readonly metrics?: Readonly<Record<string, ScalingMetric>>
  /**
   * Limits that change with the time, by a name of your choice. They last until the next one of the schedule, and stay
   * within `tasks`. Rolling releases only.
   *
   * @default the limits in tasks at all times
   * @example tasks: { min: 1, max: 9 }, scaling: { schedule: { day: { at: 'cron(0 7 ? * MON-FRI *)', timeZone: 'Europe/Berlin', min: 4 }, night: { at: 'cron(0 19 * * ? *)', timeZone: 'Europe/Berlin', min: 1 } } }
   */
  readonly schedule?: Readonly<Record<string, ScheduledLimits>>
  /**
   * Seconds between two steps of target tracking that add tasks.
   *
   * @default 30
   * @example scaling: { scaleOutSeconds: 60 }
   */
  readonly scaleOutSeconds?: number
  /**
   * Seconds between two steps of target tracking that remove tasks.
   *
   * @default 300
   * @example scaling: { scaleInSeconds: 900 }
   */
  readonly scaleInSeconds?: number
}

/** A metric of CloudWatch that scales a service. */
export interface ScalingMetric {
  /** The namespace of the metric. */
  readonly namespace: string
  /** The name of the metric. */
  readonly name: string
  /** The dimensions of the metric. @default none */
  readonly dimensions?: Readonly<Record<string, string>>
  /** How CloudWatch combines the values of a minute. @default Average */
  readonly statistic?: 'Average' | 'Maximum' | 'Minimum' | 'Sum'
  /** The value that autoscaling aims for. */
  readonly target: number
  /**
   * `task` divides the metric by the running tasks, standbys included: for a total, such as open jobs. `service` takes it
   * as it is: for a value that falls when tasks are added, such as a utilization.
   * @default task
   */
  readonly per?: 'task' | 'service'
}

/** Limits of autoscaling from a time on. */
export interface ScheduledLimits {
  /** When they begin, as a cron. */
  readonly at: Cron
  /** The time zone of the cron. @default UTC */
  readonly timeZone?: string
  /** The minimum of tasks. The alarm for too few tasks still compares with that in tasks. @default the minimum in tasks */
  readonly min?: number
  /** The maximum of tasks. @default the maximum in tasks */
  readonly max?: number
}

interface ScaledService extends ScalingFields, Pick<ResourceFields, 'queues'> {
  readonly release?: RollingRelease | BlueGreenRelease
  readonly traffic?: Traffic
}

/** CloudWatch and Application Auto Scaling allow more. The price of their alarms is the limit here. */
const maxNamed = 10

export function scalingProblems(path: string, definition: ScaledService): Problem[] {
  const { scaling } = definition
  if (scaling !== undefined && !isObject(scaling)) {
    const must = 'be an object with the targets of autoscaling, such as { cpuPercent: 45 }'
    return [{ path: `${path}.scaling`, must, got: scaling, fix: 'Write it so, or remove it.' }]
  }
  return [
    ...failedChecks(path, definition, fieldChecks(definition)),
    ...(scaling === undefined ? [] : targetProblems(`${path}.scaling`, scaling, definition)),
  ]
}

function fieldChecks(definition: ScaledService): Checks<ScaledService> {
  const { tasks, backlogPerTask, scaling, traffic } = definition
  const {
    cpuPercent,
    memoryPercent,
    metrics = {},
    schedule = {},
  }: ScalingTargets = isObject(scaling) ? scaling : {}
  const isOff =
    cpuPercent === 'off' &&
    memoryPercent === 'off' &&
    backlogPerTask === undefined &&
    backlogs(definition).length === 0
  const named = [metrics, schedule].filter(isObject).flatMap(Object.keys)
  return {
    tasks: [
      [
        hasLimits(tasks),
        'have whole numbers as min and max, with min 1 or more and max no less than min',
        'Correct the numbers.',
      ],
    ],
    backlogPerTask: [
      [
        backlogPerTask === undefined || isTarget(backlogPerTask),
        'be a number above 0',
        'Choose how many messages one task may have before itself.',
      ],
    ],
    scaling: [
      [
        !isOff || isNumber(traffic?.requestsPerTask) || named.length > 0,
        'leave a target: without one, autoscaling never adds a task',
        'Add a metric or a schedule, or keep the target for CPU.',
      ],
    ],
  }
}

function targetProblems(
  path: string,
  scaling: ScalingTargets,
  { tasks, release }: ScaledService,
): Problem[] {
  const { metrics, schedule } = scaling
  return [
    ...failedChecks(path, scaling, {
      cpuPercent: [percent(scaling.cpuPercent)],
      memoryPercent: [percent(scaling.memoryPercent)],
      metrics: [
        areNamed(metrics),
        [
          isUnique(Object.values(isObject(metrics) ? metrics : {}).map(metricKey)),
          'name each metric once: Application Auto Scaling rejects a second policy for it',
          'Remove the duplicate.',
        ],
      ],
      schedule: [
        areNamed(schedule),
        [
          !isObject(schedule) || Object.keys(schedule).length !== 1,
          'have two times or more: after the first one, nothing would change the limits again',
          'Add the time at which the limits return, or change tasks instead.',
        ],
        [
          schedule === undefined || release?.kind !== 'blue-green',
          'be left out for blue/green: autoscaling is suspended during a release, and AWS does not make up for the times in it',
          'Use a rolling release, or scale on a metric.',
        ],
        [
          isUnique(Object.values(isObject(schedule) ? schedule : {}).map(timeKey)),
          'set the limits once for each time: of two, either may win',
          'Remove the duplicate.',
        ],
      ],
      scaleOutSeconds: [cooldown(scaling.scaleOutSeconds)],
      scaleInSeconds: [cooldown(scaling.scaleInSeconds)],
    }),
    ...eachNamed(`${path}.metrics`, metrics, metricChecks),
    ...eachNamed(`${path}.schedule`, schedule, (limits) => limitChecks(limits, tasks)),
  ]
}

function metricChecks(metric: ScalingMetric): Checks<ScalingMetric> {
  const { namespace, name, dimensions = {}, statistic, target, per } = metric
  return {
    namespace: [
      [
        isString(namespace) && /^[\w./#-][\w./#: -]{0,254}$/.test(namespace),
        'be 1 to 255 letters, digits, spaces or . - _ / # :',
        'Copy it from CloudWatch.',
      ],
    ],
    name: [
      [
        isText(name, 255),
        'be 1 to 255 characters of ASCII, without ${ and %{',
        'Copy it from CloudWatch.',
      ],
    ],
    dimensions: [
      [
        isObject(dimensions) &&
          Object.keys(dimensions).length <= 30 &&
          Object.entries(dimensions).every(
            ([key, value]) => isText(key, 255) && !key.startsWith(':') && isText(value, 1024),
          ),
        'have 30 dimensions at most, with names and values of ASCII, without ${ and %{',
        'Copy them from CloudWatch.',
      ],
    ],
    statistic: [choice(statistic, ['Average', 'Maximum', 'Minimum', 'Sum'])],
    target: [[isTarget(target), 'be a number above 0', 'Choose the value to aim for.']],
    per: [choice(per, ['task', 'service'], 'Choose "task" for a total that the tasks share.')],
  }
}

function limitChecks(
  { at, timeZone, min, max }: ScheduledLimits,
  tasks: ScalingFields['tasks'],
): Checks<ScheduledLimits> {
  const bounds: ScalingFields['tasks'] = hasLimits(tasks) ? tasks : { min: 1, max: 1 }
  const must = `be a whole number within tasks, ${bounds.min} to ${bounds.max}: alarms, quotas and costs count on those limits`
  const within = (limit: number | undefined): Check => [
    !hasLimits(tasks) || limit === undefined || isWhole(limit, bounds.min, bounds.max),
    must,
    'Choose one in that range, or change tasks.',
  ]
  return {
    at: [[isCron(at), cronFormat, 'Write it in the format of Application Auto Scaling.']],
    timeZone: [[timeZone === undefined || isTimeZone(timeZone), timeZoneFormat, 'Correct it.']],
    min: [
      within(min),
      [
        min !== undefined || max !== undefined,
        'be set where max is not: the time would change nothing',
        'Set one of them.',
      ],
      [
        !isNumber(min) || !isNumber(max) || min <= max,
        `be no more than max, which is ${max}`,
        'Lower it.',
      ],
    ],
    max: [within(max)],
  }
}

/** The problems of each entry of a record with names. */
function eachNamed<Entry extends object>(
  path: string,
  entries: Readonly<Record<string, Entry>> | undefined,
  checksOf: (entry: Entry) => Checks<Entry>,
): Problem[] {
  if (!isObject(entries)) return []
  return Object.entries(entries).flatMap(([name, entry]): Problem[] =>
    isObject(entry)
      ? failedChecks(`${path}.${name}`, entry, checksOf(entry))
      : [{ path: `${path}.${name}`, must: 'be an object', got: entry, fix: 'Write it so.' }],
  )
}

function areNamed(entries: unknown): Check {
  return [
    entries === undefined ||
      (isObject(entries) &&
        Object.keys(entries).length <= maxNamed &&
        Object.keys(entries).every((name) => /^[a-z][a-z0-9-]{0,29}$/.test(name))),
    `be an object of ${maxNamed} entries at most, with names of 1 to 30 lower-case letters, digits and hyphens`,
    'Correct the names, which become names of policies and actions.',
  ]
}

function percent(value: unknown): Check {
  return [
    value === undefined || value === 'off' || (isNumber(value) && isWhole(value, 10, 80)),
    'be a whole number from 10 to 80, or "off": the tasks need the rest until new ones run',
    'Choose one in that range.',
  ]
}

function cooldown(seconds: number | undefined): Check {
  return [
    seconds === undefined || isWhole(seconds, 0, 3600),
    'be 0 to 3600 seconds: autoscaling that waits longer does not follow the load',
    'Choose less.',
  ]
}

/** What CloudWatch knows a metric by, and how it is divided. */
function metricKey(metric: ScalingMetric): string {
  const { namespace, name, dimensions = {}, statistic = 'Average', per = 'task' } = metric ?? {}
  return JSON.stringify([namespace, name, Object.entries(dimensions ?? {}).sort(), statistic, per])
}

function timeKey(limits: ScheduledLimits): string {
  const { at, timeZone = 'UTC' } = limits ?? {}
  return `${at} ${timeZone}`
}

function hasLimits(tasks: unknown): boolean {
  if (!isObject(tasks)) return false
  const { min, max } = tasks as ScalingFields['tasks']
  return isWhole(min, 1) && isWhole(max, min)
}

function isTarget(value: unknown): boolean {
  return isNumber(value) && Number.isFinite(value) && value > 0
}

function isText(value: unknown, max: number): boolean {
  return (
    isString(value) &&
    value.length <= max &&
    /^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(value) &&
    !hasExpression(value)
  )
}
