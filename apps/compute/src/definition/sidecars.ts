import {
  type Check,
  type Checks,
  failedChecks,
  isName,
  isNumber,
  isObject,
  isString,
  isStrings,
  type Problem,
} from '@tideway/constructs'
import { isSecret } from '@tideway/constructs/secrets'
import { containerName, memoryOf, type ProgramFields, programChecks } from './container'
import { type Image, imageChecks } from './image'
import { choice, isWhole } from './values'
import { type SecretSource, type VariableFields, variableProblems } from './variables'

/** Where the log of the service goes: FireLens sends it to the sidecar. */
export interface LogRouter {
  /**
   * The program in the image: `fluentbit` or `fluentd`.
   *
   * @default fluentbit
   */
  readonly type?: 'fluentbit' | 'fluentd'
  /** The output plugin, by its `Name`, with its settings. */
  readonly options: Readonly<Record<string, string>>
  /**
   * Settings with the values of secrets and parameters, by name.
   *
   * @default none
   */
  readonly secretOptions?: Readonly<Record<string, SecretSource>>
}

/** What another container waits for. */
export type ContainerState = 'started' | 'healthy' | 'succeeded'

/** A container beside that of the service. They share the network, so they reach each other at 127.0.0.1. */
export interface Sidecar extends ProgramFields, VariableFields {
  /** As the image of a service: by tag or digest, in its repository or `from` another registry. */
  readonly image: Image
  /**
   * Its part of the CPU units of the task, when all containers want more. The service gets the rest.
   *
   * @default 64
   */
  readonly cpu?: number
  /**
   * Its part of the memory of the task. A container that uses more is killed.
   *
   * @default 128
   */
  readonly memoryMiB?: number
  /**
   * Whether ECS replaces the task when the container stops. Not for one that another container waits for to succeed.
   *
   * @default true, unless a container waits for it to succeed
   */
  readonly essential?: boolean
  /**
   * The port on which it listens for the other containers of the task. Nothing outside of the task can reach it.
   *
   * @default none
   */
  readonly port?: number
  /**
   * A command in the container that exits with 0 while it is healthy. Runs every ten seconds; three failures in a row are
   * too many. An essential container that is unhealthy makes its task unhealthy, which ECS then replaces.
   *
   * @default none
   */
  readonly healthCheck?: readonly string[]
  /**
   * The containers that it waits for, by name: `app` is that of the service. At a stop, the order is reversed.
   *
   * @default it starts at once
   */
  readonly startsAfter?: Readonly<Record<string, ContainerState>>
  /**
   * What the service waits for before it starts: that the sidecar has started, is healthy, or has succeeded.
   *
   * @default it does not wait; for a log router, until it has started
   */
  readonly appStartsAfter?: ContainerState
  /**
   * Makes the sidecar the log router of the service, by FireLens. It runs as root, as ECS demands, without capabilities.
   *
   * @default the log of the service goes to its log group
   */
  readonly logRouter?: LogRouter
}

export interface SidecarFields {
  /**
   * Containers beside that of the service in each task, by name: a log router, an agent, a proxy, or a program that
   * prepares the task. The tasks of standbys have them too.
   *
   * @default none
   * @example sidecars: { agent: { image: { from: 'public.ecr.aws/cloudwatch-agent/cloudwatch-agent', tag: '1.300057.1b1167' }, port: 8125, appStartsAfter: 'started' } }
   */
  readonly sidecars?: Readonly<Record<string, Sidecar>>
}

interface SidecarTask extends SidecarFields, Pick<ProgramFields, 'temporaryFolders'> {
  readonly cpu: number
  readonly memoryMiB: number
}

/** ECS sends log lines to this port of a log router. */
const firelensPort = 24_224

const states: readonly string[] = ['started', 'healthy', 'succeeded'] satisfies ContainerState[]

export function sizeOf({ cpu = 64, memoryMiB = 128 }: Pick<Sidecar, 'cpu' | 'memoryMiB'>) {
  return { cpu, memoryMiB }
}

/** What each container of a task waits for, by their names. */
export function startOrder(
  sidecars: Readonly<Record<string, Sidecar>>,
): Readonly<Record<string, Readonly<Record<string, ContainerState>>>> {
  const all = Object.entries(sidecars)
  const appWaits = all.flatMap(([name, { appStartsAfter, logRouter }]) => {
    const state = appStartsAfter ?? (logRouter === undefined ? undefined : 'started')
    return state === undefined ? [] : [[name, state] as const]
  })
  return {
    [containerName]: Object.fromEntries(appWaits),
    ...Object.fromEntries(all.map(([name, { startsAfter = {} }]) => [name, startsAfter])),
  }
}

/** Whether ECS stops the task when the sidecar stops. */
export function isEssential(name: string, sidecars: Readonly<Record<string, Sidecar>>): boolean {
  return sidecars[name]?.essential ?? !isAwaited(name, 'succeeded', sidecars)
}

function isAwaited(
  name: string,
  state: ContainerState,
  sidecars: Readonly<Record<string, Sidecar>>,
): boolean {
  return Object.values(startOrder(sidecars)).some((waits) => waits[name] === state)
}

/** @param port of the service */
export function sidecarProblems(
  path: string,
  task: SidecarTask,
  port: number | undefined,
): Problem[] {
  const { sidecars } = task
  if (sidecars === undefined) return []
  const wellFormed = isObject(sidecars) && Object.values(sidecars).every(isSidecar)
  const problems = failedChecks(path, task, {
    sidecars: [
      [
        wellFormed,
        'be an object of sidecars by name, each an object, with objects as startsAfter and logRouter',
        'Write it like the example in apps/compute/README.md.',
      ],
    ],
  })
  if (!wellFormed) return problems
  return [
    ...failedChecks(path, task, { sidecars: taskChecks(task, sidecars, port) }),
    ...Object.entries(sidecars).flatMap(([name, sidecar]) => {
      const at = `${path}.sidecars.${name}`
      return [
        ...failedChecks(at, sidecar, sidecarChecks(name, sidecar, sidecars)),
        ...variableProblems(at, sidecar),
        ...routerProblems(at, sidecar),
      ]
    }),
  ]
}

/** Whether later checks can read the objects in it. */
function isSidecar(value: unknown): value is Sidecar {
  return (
    isObject(value) &&
    [value.startsAfter, value.logRouter].every((part) => part === undefined || isObject(part))
  )
}

/** What the sidecars of a task share. */
function taskChecks(
  task: SidecarTask,
  sidecars: Readonly<Record<string, Sidecar>>,
  appPort: number | undefined,
): Check[] {
  const names = Object.keys(sidecars)
  const all = Object.values(sidecars)
  const foldersOfApp = memoryOf(task.temporaryFolders)
  const sum = (of: 'cpu' | 'memoryMiB') =>
    [...all.map((sidecar) => sizeOf(sidecar)[of]), ...(of === 'cpu' ? [] : foldersOfApp)]
      .filter(isNumber)
      .reduce((total, size) => total + size, 0)
  const fits = (of: 'cpu' | 'memoryMiB', unit: string): Check => [
    // A wrong size of the task has a message of its own.
    !isNumber(task[of]) || sum(of) < task[of],
    `use less ${unit} than the ${String(task[of])} of the task, to leave some for the service, and use ${sum(of)}`,
    `Lower the ${of} of some (${sizeOf({})[of]} by default), or raise that of the task.`,
  ]
  const ports = [
    ...(appPort === undefined ? [] : [appPort]),
    ...all.flatMap(({ port, logRouter }) => [
      ...(port === undefined ? [] : [port]),
      ...(logRouter === undefined ? [] : [firelensPort]),
    ]),
  ].filter(isNumber)
  const cycle = cycleIn(startOrder(sidecars))
  return [
    [
      names.every((name) => isName(name) && name.length <= 50),
      'have names of at most 50 lower-case letters, digits and single hyphens, starting with a letter',
      'Rename them.',
    ],
    [
      names.every((name) => name !== containerName && !/^(aws|ecs)-/.test(name)),
      'not be named app, which is the container of the service, or aws- or ecs-, as containers of AWS are',
      'Rename them.',
    ],
    [names.length <= 9, 'be at most 9: ECS limits a task to 10 containers', 'Remove some.'],
    fits('cpu', 'CPU units'),
    fits('memoryMiB', 'MiB of memory, with the folders of the service in memory,'),
    [
      new Set(ports).size === ports.length,
      `each have a port of their own, as the containers share the network of the task: ${ports.join(', ')}, that of the service first; a log router has ${firelensPort}`,
      'Choose another port.',
    ],
    [
      all.filter(({ logRouter }) => logRouter !== undefined).length <= 1,
      'have one log router at most: ECS sends the log to one',
      'Remove the others.',
    ],
    [
      cycle === undefined,
      `not wait for each other in a circle: ${cycle?.join(' waits for ')}`,
      'Remove one of them from startsAfter or appStartsAfter.',
    ],
  ]
}

function sidecarChecks(
  name: string,
  sidecar: Sidecar,
  sidecars: Readonly<Record<string, Sidecar>>,
): Checks<Sidecar> {
  const { image, cpu, memoryMiB, essential, port, healthCheck, logRouter, appStartsAfter } = sidecar
  const program = programChecks(sidecar, sizeOf(sidecar).memoryMiB)
  return {
    ...program,
    temporaryFolders: [
      ...(program.temporaryFolders ?? []),
      [
        logRouter === undefined || memoryOf(sidecar.temporaryFolders).length === 0,
        'be on the disk for a log router: it is root without capabilities, and folders in memory belong to another user',
        'Remove their memoryMiB.',
      ],
    ],
    image: [
      ...imageChecks(image),
      [isObject(image), 'be the image of a program: the example is a service', 'Name an image.'],
    ],
    cpu: [
      [
        cpu === undefined || isWhole(cpu, 2),
        'be a whole number of CPU units, 2 or more',
        'Correct it.',
      ],
    ],
    memoryMiB: [
      [
        memoryMiB === undefined || isWhole(memoryMiB, 6),
        'be a whole number of MiB, 6 or more: Docker reserves 6',
        'Correct it.',
      ],
    ],
    essential: [
      [
        essential === undefined || typeof essential === 'boolean',
        'be true or false',
        'Correct it.',
      ],
      [
        essential !== true || !isAwaited(name, 'succeeded', sidecars),
        'be false for a container that another one waits for to succeed: ECS would stop the task when it ends',
        'Remove the field.',
      ],
      [
        essential !== false || logRouter === undefined,
        'be true for a log router: the service would run on without a log',
        'Remove the field.',
      ],
    ],
    port: [
      [
        port === undefined || isWhole(port, 1024, 65_535),
        'be a whole number from 1024 to 65535: containers have no capability to open lower ports',
        'Choose a higher one.',
      ],
    ],
    healthCheck: [
      [
        healthCheck === undefined || (isStrings(healthCheck) && healthCheck.length > 0),
        'be a list of one or more strings, one for each argument',
        'Write each argument as an item of the list.',
      ],
    ],
    ...orderChecks(name, sidecar, sidecars),
    appStartsAfter: [
      choice(appStartsAfter, states),
      [
        appStartsAfter !== 'healthy' || healthCheck !== undefined,
        'be "started" without a healthCheck: ECS would not know when it is healthy',
        'Add a healthCheck.',
      ],
      [
        appStartsAfter !== 'succeeded' || logRouter === undefined,
        'be "started" or "healthy" for a log router: it runs as long as the service',
        'Remove the field.',
      ],
    ],
  }
}

function orderChecks(
  name: string,
  { startsAfter = {} }: Sidecar,
  sidecars: Readonly<Record<string, Sidecar>>,
): Checks<Sidecar> {
  const waits = Object.entries(startsAfter)
  const others = [containerName, ...Object.keys(sidecars)].filter((other) => other !== name)
  return {
    startsAfter: [
      [
        waits.every(([other]) => others.includes(other)),
        `name other containers of the task: ${others.join(', ')}`,
        'Correct the name.',
      ],
      [
        waits.every(([, state]) => states.includes(state)),
        'wait for "started", "healthy" or "succeeded"',
        'Choose one of them.',
      ],
      [
        waits.every(
          ([other, state]) => state !== 'healthy' || sidecars[other]?.healthCheck !== undefined,
        ),
        'wait for "healthy" only where the other is a sidecar with a healthCheck',
        'Add a healthCheck to it, or wait for "started".',
      ],
      [
        startsAfter[containerName] !== 'succeeded',
        'not wait for app to succeed: the task ends with the service',
        'Wait for "started".',
      ],
    ],
  }
}

function routerProblems(path: string, { logRouter }: Sidecar): Problem[] {
  if (logRouter === undefined) return []
  const { type, options, secretOptions }: Partial<LogRouter> = logRouter
  const names = isObject(options) ? Object.keys(options) : []
  const secret = isObject(options)
    ? Object.entries(options).find(([name, value]) => isSecret(name, value))
    : undefined
  const at = `${path}.logRouter`
  return [
    ...failedChecks(at, { ...logRouter, options: names }, {
      type: [choice(type, ['fluentbit', 'fluentd'], 'Choose the one in the image.')],
      options: [
        [
          isObject(options) && names.length > 0 && Object.values(options).every(isString),
          'have the settings of an output, as strings by name, such as { Name: "cloudwatch_logs" }',
          'Add them.',
        ],
        [
          secret === undefined,
          `hold no secret: task definitions, plans and the state show it, and ${secret?.[0]} looks like one`,
          'Store it in Secrets Manager, and name it in `secretOptions`.',
        ],
      ],
    } as Checks<{ type?: unknown; options: readonly string[] }>),
    ...(secretOptions === undefined
      ? []
      : variableProblems(at, { secrets: secretOptions }).map((problem) => ({
          ...problem,
          path: problem.path.replace(`${at}.secrets`, `${at}.secretOptions`),
        }))),
  ]
}

/** The names of containers that wait for each other, the first of them at both ends. */
function cycleIn(
  waits: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): readonly string[] | undefined {
  const done = new Set<string>()
  const follow = (name: string, chain: readonly string[]): readonly string[] | undefined => {
    if (chain.includes(name)) return [...chain.slice(chain.indexOf(name)), name]
    if (done.has(name)) return undefined
    done.add(name)
    for (const next of Object.keys(waits[name] ?? {})) {
      const cycle = follow(next, [...chain, name])
      if (cycle !== undefined) return cycle
    }
    return undefined
  }
  for (const name of Object.keys(waits)) {
    const cycle = follow(name, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
