import { type Problem, throwIfInvalid } from '@tideway/constructs'
import {
  defaultDeregistrationSeconds,
  isScheduled,
  type LongRunningDefinition,
  type ServiceDefinition,
  usesSpot,
} from './definition'

/** Stops the synthesis where AWS would refuse a service, or where it would not survive a drought. */
export function checkServices(services: Readonly<Record<string, ServiceDefinition>>): void {
  const problems: Problem[] = []
  for (const [name, definition] of Object.entries(services)) {
    const path = `apps/compute/src/services.ts: ${name}`
    problems.push(...sizeProblems(path, definition))
    if (isScheduled(definition)) {
      problems.push(...scheduleProblems(path, definition))
    } else {
      problems.push(
        ...countProblems(path, definition),
        ...strategyProblems(path, definition),
        ...standbyProblems(path, definition),
        ...releaseProblems(path, definition),
      )
    }
  }
  throwIfInvalid([...problems, ...priorityProblems(services)])
}

/** What Fargate sells: for each CPU the least and most memory, and the step between. EC2 takes the same. */
const sizes: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  256: [512, 2048, 1024],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16384, 1024],
  4096: [8192, 30720, 1024],
  8192: [16384, 61440, 4096],
  16384: [32768, 122880, 8192],
}

function sizeProblems(path: string, { cpu, memoryMiB }: ServiceDefinition): Problem[] {
  const size = sizes[cpu]
  if (size === undefined) {
    const must = `be one of ${Object.keys(sizes).join(', ')}`
    return [{ path: `${path}.cpu`, must, got: cpu, fix: 'Choose the next larger one.' }]
  }
  const [least, most, step] = size
  const isSold = memoryMiB >= least && memoryMiB <= most && memoryMiB % step === 0
  // The smallest of all is half a step.
  if (isSold || (cpu === 256 && memoryMiB === 512)) return []
  return [
    {
      path: `${path}.memoryMiB`,
      must: `be ${least} to ${most} in steps of ${step} for ${cpu} CPU units: Fargate sells no other`,
      got: memoryMiB,
      fix: 'Choose the next larger one.',
    },
  ]
}

function scheduleProblems(
  path: string,
  { runs, tasks }: Extract<ServiceDefinition, { tasks: number }>,
): Problem[] {
  const problems: Problem[] = []
  if (!/^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/.test(runs)) {
    problems.push({
      path: `${path}.runs`,
      must: 'be "always", a cron of six fields or a rate, such as cron(0 3 * * ? *) or rate(5 minutes)',
      got: runs,
      fix: 'Write it as EventBridge Scheduler does.',
    })
  }
  if (!Number.isInteger(tasks) || tasks < 1 || tasks > 10) {
    const must = 'be 1 to 10: one call of ECS starts no more'
    problems.push({ path: `${path}.tasks`, must, got: tasks, fix: 'Choose a number between.' })
  }
  return problems
}

function countProblems(path: string, { tasks }: LongRunningDefinition): Problem[] {
  const { least, most } = tasks
  if (Number.isInteger(least) && Number.isInteger(most) && least >= 1 && most >= least) return []
  const must = 'have a whole number of tasks as least, 1 or more, and one that is no less as most'
  return [{ path: `${path}.tasks`, must, got: tasks, fix: 'Correct the numbers.' }]
}

function strategyProblems(path: string, { capacity }: LongRunningDefinition): Problem[] {
  const problem = (must: string, fix: string): Problem[] => [
    { path: `${path}.capacity`, must, got: capacity, fix },
  ]
  const kinds = capacity.map(({ on }) => on as string)
  const families = new Set(kinds.map((kind) => kind.replace(/-spot$/, '')))
  const bases = capacity.filter(({ base = 0 }) => base > 0)
  return [
    ...(kinds.length === 0 ? problem('name a kind of capacity', 'Name one.') : []),
    ...(families.size > 1
      ? problem(
          'be all Fargate or all EC2: ECS refuses a strategy with both',
          'Keep one of them, and name the other as standby.',
        )
      : []),
    ...(new Set(kinds).size < kinds.length
      ? problem('name each kind once', 'Remove the repetition.')
      : []),
    ...(bases.length > 1
      ? problem('have one base at most: ECS refuses a second', 'Remove the others.')
      : []),
    ...(capacity.some(({ base = 0 }) => !Number.isInteger(base) || base < 0 || base > 100_000)
      ? problem('have a base from 0 to 100000', 'Correct it.')
      : []),
    ...(capacity.some(({ weight }) => !Number.isInteger(weight) || weight < 0 || weight > 1000)
      ? problem('have weights from 0 to 1000', 'Correct them.')
      : []),
    ...(capacity.every(({ weight }) => weight === 0)
      ? problem('have a weight above 0: with none, nothing is placed', 'Raise one.')
      : []),
  ]
}

function standbyProblems(path: string, definition: LongRunningDefinition): Problem[] {
  const standbys: readonly string[] = definition.standbys
  const problem = (must: string, fix: string): Problem => ({
    path: `${path}.standbys`,
    must,
    got: standbys,
    fix,
  })
  if (standbys.some((kind) => kind !== 'fargate' && kind !== 'ec2')) {
    return [
      problem(
        'be on demand: a standby on Spot is gone together with what it covers',
        'Choose "fargate" or "ec2".',
      ),
    ]
  }
  if (new Set(standbys).size < standbys.length) {
    return [problem('name each kind once', 'Remove the repetition.')]
  }
  if (usesSpot(definition) && standbys.length === 0) {
    return [
      problem('name one at least: without it, a drought of Spot is an outage', 'Add "fargate".'),
    ]
  }
  if (!usesSpot(definition) && standbys.length > 0) {
    return [problem('be empty: there is no Spot capacity that they would cover', 'Remove them.')]
  }
  return []
}

function releaseProblems(path: string, definition: LongRunningDefinition): Problem[] {
  const problems: Problem[] = []
  const { release, capacity, traffic } = definition
  const seconds = definition.deregistrationSeconds ?? defaultDeregistrationSeconds
  if (!(Number.isInteger(seconds) && seconds >= 0 && seconds <= 110)) {
    problems.push({
      path: `${path}.deregistrationSeconds`,
      must: 'be 0 to 110: a notice of Spot gives two minutes, and the end of a task takes some of it',
      got: seconds,
      fix: 'Choose less.',
    })
  }
  if (release.kind === 'rolling') {
    const { minHealthyPercent, maxPercent } = release
    const least = Math.max(100, minHealthyPercent)
    if (maxPercent <= least || minHealthyPercent < 0 || maxPercent > 400) {
      problems.push({
        path: `${path}.release`,
        must: 'have a maxPercent above 100 and above minHealthyPercent (and up to 400): ECS needs the room to start a task before it stops one, in a release and to spread tasks over the zones again',
        got: release,
        fix: 'Raise maxPercent, to 200 for instance.',
      })
    }
    return problems
  }
  if (capacity.some(({ on }) => (on as string).startsWith('ec2'))) {
    problems.push({
      path: `${path}.capacity`,
      must: 'be Fargate for blue/green: CodeDeploy does not work where ECS manages the scaling of the instances',
      got: capacity,
      fix: 'Use Fargate, or a rolling release.',
    })
  }
  if (traffic === undefined) {
    problems.push({
      path: `${path}.traffic`,
      must: 'be there for blue/green, which moves the traffic from one target group to the other',
      got: traffic,
      fix: 'Add it, or use a rolling release.',
    })
  }
  return problems
}

function priorityProblems(services: Readonly<Record<string, ServiceDefinition>>): Problem[] {
  const taken = new Map<string, string>()
  const problems: Problem[] = []
  for (const [name, definition] of Object.entries(services)) {
    if (isScheduled(definition) || definition.traffic === undefined) continue
    const { from, priority } = definition.traffic
    const path = `apps/compute/src/services.ts: ${name}.traffic.priority`
    const other = taken.get(`${from} ${priority}`)
    if (!Number.isInteger(priority) || priority < 1 || priority > 50_000) {
      problems.push({ path, must: 'be 1 to 50000', got: priority, fix: 'Choose another.' })
    } else if (other !== undefined) {
      const must = `be its own on the ${from} load balancer: ${other} has it`
      problems.push({ path, must, got: priority, fix: 'Choose another.' })
    }
    taken.set(`${from} ${priority}`, name)
  }
  return problems
}
