import { type Check, failedChecks, type Problem, throwIfInvalid } from '@tideway/constructs'
import {
  defaultDeregistrationSeconds,
  type EcsServiceDefinition,
  isScheduled,
  type ScheduledTaskDefinition,
  type ServiceDefinition,
  usesSpot,
} from './definition'

type Services = Readonly<Record<string, ServiceDefinition>>

/** Throws where AWS would refuse a service, or where a drought would take it down. */
export function checkServices(services: Services): void {
  throwIfInvalid([
    ...Object.entries(services).flatMap(([name, definition]) =>
      failedChecks(`apps/compute/src/services.ts: ${name}`, [
        ...sizeChecks(definition),
        ...(isScheduled(definition)
          ? scheduleChecks(definition)
          : [
              ...countChecks(definition),
              ...strategyChecks(definition),
              ...standbyChecks(definition),
              ...releaseChecks(definition),
            ]),
      ]),
    ),
    ...priorityProblems(services),
  ])
}

/** The sizes of Fargate: the memory limits for each CPU size, and the step between. EC2 accepts the same. */
const sizes: Readonly<Record<number, readonly [min: number, max: number, step: number]>> = {
  256: [512, 2048, 1024],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16384, 1024],
  4096: [8192, 30720, 1024],
  8192: [16384, 61440, 4096],
  16384: [32768, 122880, 8192],
}

function sizeChecks({ cpu, memoryMiB }: ServiceDefinition): Check[] {
  const fix = 'Choose the next larger one.'
  const size = sizes[cpu]
  if (size === undefined) {
    const must = `be one of ${Object.keys(sizes).join(', ')}`
    return [{ property: 'cpu', isValid: false, must, got: cpu, fix }]
  }
  const [min, max, step] = size
  return [
    {
      property: 'memoryMiB',
      isValid:
        (memoryMiB >= min && memoryMiB <= max && memoryMiB % step === 0) ||
        // The smallest size is half a step.
        (cpu === 256 && memoryMiB === 512),
      must: `be ${min} to ${max} in steps of ${step} for ${cpu} CPU units: Fargate has no other sizes`,
      got: memoryMiB,
      fix,
    },
  ]
}

function scheduleChecks({ runs, tasks }: ScheduledTaskDefinition): Check[] {
  return [
    {
      property: 'runs',
      isValid: /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/.test(runs),
      must: 'be "always", a cron of six fields or a rate, such as cron(0 3 * * ? *) or rate(5 minutes)',
      got: runs,
      fix: 'Write it in the format of EventBridge Scheduler.',
    },
    {
      property: 'tasks',
      isValid: isWhole(tasks, 1, 10),
      must: 'be 1 to 10: one RunTask call starts no more',
      got: tasks,
      fix: 'Choose a number in that range.',
    },
  ]
}

function countChecks({ tasks }: EcsServiceDefinition): Check[] {
  return [
    {
      property: 'tasks',
      isValid: isWhole(tasks.min, 1) && isWhole(tasks.max, tasks.min),
      must: 'have a whole number as min, 1 or more, and one that is no less as max',
      got: tasks,
      fix: 'Correct the numbers.',
    },
  ]
}

function strategyChecks({ capacity }: EcsServiceDefinition): Check[] {
  const check = (isValid: boolean, must: string, fix: string): Check => ({
    property: 'capacity',
    isValid,
    must,
    got: capacity,
    fix,
  })
  const kinds = capacity.map(({ on }) => on as string)
  const families = new Set(kinds.map((kind) => kind.replace(/-spot$/, '')))
  const bases = capacity.map(({ base = 0 }) => base)
  return [
    check(kinds.length > 0, 'name a kind of capacity', 'Name one.'),
    check(
      families.size <= 1,
      'be all Fargate or all EC2: ECS refuses a strategy with both',
      'Keep one of them, and name the other as standby.',
    ),
    check(isUnique(kinds), 'name each kind once', 'Remove the duplicate.'),
    check(
      bases.filter((base) => base > 0).length <= 1,
      'have one base at most: ECS refuses a second',
      'Remove the others.',
    ),
    check(
      bases.every((base) => isWhole(base, 0, 100_000)),
      'have a base from 0 to 100000',
      'Correct it.',
    ),
    check(
      capacity.every(({ weight }) => isWhole(weight, 0, 1000)),
      'have weights from 0 to 1000',
      'Correct them.',
    ),
    check(
      !capacity.every(({ weight }) => weight === 0),
      'have a weight above 0: with none, ECS places no tasks',
      'Raise one.',
    ),
  ]
}

function standbyChecks(definition: EcsServiceDefinition): Check[] {
  const standbys: readonly string[] = definition.standbys
  const check = (isValid: boolean, must: string, fix: string): Check => ({
    property: 'standbys',
    isValid,
    must,
    got: standbys,
    fix,
  })
  const checks = [
    check(
      standbys.every((kind) => kind === 'fargate' || kind === 'ec2'),
      'be on demand: a standby on Spot fails together with the tasks that it covers',
      'Choose "fargate" or "ec2".',
    ),
    check(isUnique(standbys), 'name each kind once', 'Remove the duplicate.'),
    check(
      !usesSpot(definition) || standbys.length > 0,
      'name one at least: without it, a drought of Spot is an outage',
      'Add "fargate".',
    ),
    check(
      usesSpot(definition) || standbys.length === 0,
      'be empty: there is no Spot capacity that they would cover',
      'Remove them.',
    ),
  ]
  // Only the first: the others follow from it.
  return checks.filter(({ isValid }) => !isValid).slice(0, 1)
}

function releaseChecks(definition: EcsServiceDefinition): Check[] {
  const { release, capacity, traffic } = definition
  const seconds = definition.deregistrationSeconds ?? defaultDeregistrationSeconds
  const deregistration: Check = {
    property: 'deregistrationSeconds',
    isValid: isWhole(seconds, 0, 110),
    must: 'be 0 to 110: an interruption notice gives two minutes, and stopping a task takes some of it',
    got: seconds,
    fix: 'Choose less.',
  }
  if (release.kind === 'rolling') {
    const { minHealthyPercent, maxPercent } = release
    return [
      deregistration,
      {
        property: 'release',
        isValid:
          maxPercent > Math.max(100, minHealthyPercent) &&
          minHealthyPercent >= 0 &&
          maxPercent <= 400,
        must: 'have a maxPercent above 100 and above minHealthyPercent (and up to 400): ECS starts a task before it stops one, in a release and to rebalance the zones',
        got: release,
        fix: 'Raise maxPercent, to 200 for instance.',
      },
    ]
  }
  return [
    deregistration,
    {
      property: 'capacity',
      isValid: capacity.every(({ on }) => !(on as string).startsWith('ec2')),
      must: 'be Fargate for blue/green: CodeDeploy does not support managed scaling of instances',
      got: capacity,
      fix: 'Use Fargate, or a rolling release.',
    },
    {
      property: 'traffic',
      isValid: traffic !== undefined,
      must: 'be there for blue/green, which moves the traffic from one target group to the other',
      got: traffic,
      fix: 'Add it, or use a rolling release.',
    },
  ]
}

/** Each listener rule needs its own priority. */
function priorityProblems(services: Services): Problem[] {
  const taken = new Map<string, string>()
  return Object.entries(services).flatMap(([name, definition]) => {
    if (isScheduled(definition) || definition.traffic === undefined) return []
    const { from, priority: got } = definition.traffic
    const other = taken.get(`${from} ${got}`)
    taken.set(`${from} ${got}`, name)
    const isInRange = isWhole(got, 1, 50_000)
    return failedChecks(`apps/compute/src/services.ts: ${name}`, [
      {
        property: 'traffic.priority',
        isValid: isInRange && other === undefined,
        must: isInRange
          ? `be its own on the ${from} load balancer: ${other} has it`
          : 'be 1 to 50000',
        got,
        fix: 'Choose another.',
      },
    ])
  })
}

function isWhole(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}
