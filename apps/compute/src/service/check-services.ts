import { type Check, type Checks, failedChecks, throwIfInvalid } from '@tideway/constructs'
import { isPrice } from '../settings'
import {
  defaultDeregistrationSeconds,
  type EcsServiceDefinition,
  isScheduled,
  type ScheduledTaskDefinition,
  type ServiceDefinition,
  usesSpot,
} from './definition'

/** Throws if AWS would reject a service, or if a drought would take it down. */
export function checkServices(services: Readonly<Record<string, ServiceDefinition>>): void {
  const priorities = new Map<string, string>()
  throwIfInvalid(
    Object.entries(services).flatMap(([name, definition]) => {
      const path = `apps/compute/src/services.ts: ${name}`
      const problems = failedChecks(path, definition, sizeChecks(definition))
      if (isScheduled(definition)) {
        return [...problems, ...failedChecks(path, definition, scheduleChecks(definition))]
      }
      problems.push(...failedChecks(path, definition, serviceChecks(definition)))
      const { traffic } = definition
      if (traffic === undefined) return problems
      const { from, priority } = traffic
      const other = priorities.get(`${from} ${priority}`)
      priorities.set(`${from} ${priority}`, name)
      const fix = 'Choose another.'
      return [
        ...problems,
        ...failedChecks(`${path}.traffic`, traffic, {
          priority: [
            [isWhole(priority, 1, 50_000), 'be 1 to 50000', fix],
            [other === undefined, `be unique on the ${from} load balancer: ${other} has it`, fix],
          ],
        }),
      ]
    }),
  )
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

function sizeChecks({ cpu, memoryMiB }: ServiceDefinition): Checks<ServiceDefinition> {
  const fix = 'Choose the next larger one.'
  const size = sizes[cpu]
  if (size === undefined) {
    return { cpu: [[false, `be one of ${Object.keys(sizes).join(', ')}`, fix]] }
  }
  const [min, max, step] = size
  const isSize = memoryMiB >= min && memoryMiB <= max && memoryMiB % step === 0
  // The smallest size is half a step.
  const isSmallest = cpu === 256 && memoryMiB === 512
  const must = `be ${min} to ${max} in steps of ${step} for ${cpu} CPU units: Fargate has no other sizes`
  return { memoryMiB: [[isSize || isSmallest, must, fix]] }
}

function scheduleChecks({ runs, tasks }: ScheduledTaskDefinition): Checks<ScheduledTaskDefinition> {
  return {
    runs: [
      [
        /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/.test(runs),
        'be "always", a cron of six fields or a rate, such as cron(0 3 * * ? *) or rate(5 minutes)',
        'Write it in the format of EventBridge Scheduler.',
      ],
    ],
    tasks: [[isWhole(tasks, 1, 10), 'be 1 to 10: one RunTask call starts no more', 'Choose less.']],
  }
}

function serviceChecks(definition: EcsServiceDefinition): Checks<EcsServiceDefinition> {
  const { tasks, standbys, release, capacity, traffic } = definition
  const { atNotice, prefer, slowestRequestSeconds, maxCoverDollarsPerHour } = definition
  const deregistrationSeconds = definition.deregistrationSeconds ?? defaultDeregistrationSeconds
  const isBlueGreen = release.kind === 'blue-green'
  return {
    tasks: [
      [
        isWhole(tasks.min, 1) && isWhole(tasks.max, tasks.min),
        'have whole numbers as min and max, with min 1 or more and max no less than min',
        'Correct the numbers.',
      ],
    ],
    capacity: [
      ...strategyChecks(capacity),
      [
        !isBlueGreen || capacity.every(({ on }) => !(on as string).startsWith('ec2')),
        'be Fargate for blue/green: CodeDeploy does not support managed scaling of instances',
        'Use Fargate, or a rolling release.',
      ],
    ],
    standbys: [
      [
        standbys.every((kind) => kind === 'fargate' || kind === 'ec2'),
        'be on demand: a standby on Spot fails together with the tasks that it covers',
        'Choose "fargate" or "ec2".',
      ],
      [isUnique(standbys), 'name each kind once', 'Remove the duplicate.'],
      [
        !usesSpot(definition) || standbys.length > 0,
        'name at least one: without it, a Spot drought is an outage',
        'Add "fargate".',
      ],
      [
        usesSpot(definition) || standbys.length === 0,
        'be empty: there is no Spot capacity that they would cover',
        'Remove them.',
      ],
    ],
    deregistrationSeconds: [
      [
        isWhole(deregistrationSeconds, 0, 110),
        'be 0 to 110: an interruption notice gives two minutes, and stopping a task takes some of it',
        'Choose less.',
      ],
    ],
    maxCoverDollarsPerHour: [
      [
        maxCoverDollarsPerHour === undefined || isPrice(maxCoverDollarsPerHour),
        'be from 0.001 to 1000000 US dollars per hour',
        'Choose a price in that range, or remove the field.',
      ],
    ],
    atNotice: [
      [
        atNotice === undefined || ['serve-until-drained', 'leave'].includes(atNotice),
        'be "serve-until-drained" or "leave"',
        'Choose "leave" if the program does not handle SIGTERM.',
      ],
    ],
    prefer: [
      [
        prefer === undefined || ['cost', 'balance', 'availability'].includes(prefer),
        'be "cost", "balance" or "availability"',
        'Choose one of them.',
      ],
    ],
    slowestRequestSeconds: [
      [
        slowestRequestSeconds === undefined ||
          isWhole(slowestRequestSeconds, 0, deregistrationSeconds),
        `be 0 to ${deregistrationSeconds}, the deregistrationSeconds: the load balancer ends longer requests`,
        'Choose less, or raise deregistrationSeconds.',
      ],
    ],
    release: [
      [
        isBlueGreen ||
          (release.maxPercent > Math.max(100, release.minHealthyPercent) &&
            release.minHealthyPercent >= 0 &&
            release.maxPercent <= 400),
        'have a maxPercent above 100 and above minHealthyPercent (and up to 400): ECS starts a task before it stops one, in a release and to rebalance the zones',
        'Raise maxPercent, to 200 for instance.',
      ],
    ],
    traffic: [
      [
        !isBlueGreen || traffic !== undefined,
        'be set for blue/green, which moves the traffic from one target group to the other',
        'Add it, or use a rolling release.',
      ],
    ],
  }
}

function strategyChecks(capacity: EcsServiceDefinition['capacity']): Check[] {
  const kinds = capacity.map(({ on }) => on as string)
  const families = new Set(kinds.map((kind) => kind.replace(/-spot$/, '')))
  const bases = capacity.map(({ base = 0 }) => base)
  const weights = capacity.map(({ weight }) => weight)
  return [
    [kinds.length > 0, 'name a kind of capacity', 'Name one.'],
    [
      families.size <= 1,
      'be all Fargate or all EC2: ECS rejects a strategy with both',
      'Keep one of them, and name the other as standby.',
    ],
    [isUnique(kinds), 'name each kind once', 'Remove the duplicate.'],
    [
      bases.filter((base) => base > 0).length <= 1,
      'have one base at most: ECS rejects a second',
      'Remove the others.',
    ],
    [
      bases.every((base) => isWhole(base, 0, 100_000)),
      'have a base from 0 to 100000',
      'Correct it.',
    ],
    [weights.every((it) => isWhole(it, 0, 1000)), 'have weights from 0 to 1000', 'Correct them.'],
    [
      weights.some((weight) => weight !== 0),
      'have a weight above 0: with none, ECS places no tasks',
      'Raise one.',
    ],
  ]
}

function isWhole(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}
