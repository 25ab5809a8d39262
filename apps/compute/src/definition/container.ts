import { type Check, type Checks, isNumber, isObject, isStrings } from '@tideway/constructs'
import { type Image, imageChecks } from './image'
import { choice, isUnique, isWhole } from './values'

/** The name of the container of a service. */
export const containerName = 'app'

export const defaultPort = 8080

/** The seconds of an interruption notice: no task has more time to stop. */
export const noticeSeconds = 120

/** A folder that a container can write to. Its files end with the task. */
export interface TemporaryFolder {
  /** Its absolute path, outside of system folders. */
  readonly path: string
  /**
   * The size of the folder, which is then in memory. Otherwise it is on the disk of the task, and the image must declare
   * it as a VOLUME that user 65534 owns: else root owns it.
   *
   * @default on the disk
   */
  readonly memoryMiB?: number
}

/** What a container runs and needs: that of the service, or a sidecar. */
export interface ProgramFields {
  /**
   * The arguments of the entry point, or the command if the image has none.
   *
   * @default that of the image
   * @example command: ['node', 'worker.js']
   */
  readonly command?: readonly string[]
  /**
   * The entry point.
   *
   * @default that of the image
   * @example entryPoint: ['/usr/bin/tini', '--']
   */
  readonly entryPoint?: readonly string[]
  /**
   * Folders that the container can write to. The rest of its file system is read-only.
   *
   * @default none
   * @example temporaryFolders: [{ path: '/tmp', memoryMiB: 64 }]
   */
  readonly temporaryFolders?: readonly TemporaryFolder[]
  /**
   * The time from SIGTERM to SIGKILL, in seconds. On Spot, SIGTERM is the interruption notice.
   *
   * @default 120
   * @example stopSeconds: 30
   */
  readonly stopSeconds?: number
}

export interface ContainerFields extends ProgramFields {
  /**
   * CPU units (1024 are one virtual CPU), in one of the sizes of Fargate.
   *
   * @example cpu: 512, memoryMiB: 1024
   */
  readonly cpu: 256 | 512 | 1024 | 2048 | 4096 | 8192 | 16384
  /**
   * Memory of a task. Each CPU size of Fargate allows some sizes.
   *
   * @example memoryMiB: 1024
   */
  readonly memoryMiB: number
  /**
   * An image by tag or digest: in the repository of the service, or `from` another registry, with the name of a secret
   * with its `credentials` if it is private. `example` is a small program until there is one.
   *
   * @example image: { from: 'ghcr.io/team/app', tag: '1.4.2', credentials: 'registries/ghcr' }
   */
  readonly image: 'example' | Image
  /**
   * The CPU architecture of the image. Instances have arm64 only.
   *
   * @default arm64
   * @example architecture: 'x86-64'
   */
  readonly architecture?: 'arm64' | 'x86-64'
  /**
   * The disk of a task, in GiB, with its image: 21 to 200. On Fargate only; instances have one disk for all tasks.
   *
   * @default the 20 GiB of Fargate
   * @example ephemeralStorageGiB: 50
   */
  readonly ephemeralStorageGiB?: number
}

/** For services that run always. Scheduled tasks receive no requests. */
export interface PortFields {
  /**
   * The port on which the container listens, which it gets as `PORT`. Choose it before the first release: a change ends
   * the traffic to the tasks that still run.
   *
   * @default 8080
   * @example port: 3000
   */
  readonly port?: number
}

export function portOf({ port = defaultPort }: PortFields): number {
  return port
}

/** Where the tasks can run. Scheduled tasks run on Fargate. */
interface Placement {
  readonly runs: string
  readonly capacity?: readonly { readonly on: string }[]
  readonly standbys?: readonly string[]
  readonly slowestRequestSeconds?: number
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

/** Whether some tasks can run on instances, those of a standby among them. */
export function usesInstances({
  capacity = [],
  standbys = [],
}: Pick<Placement, 'capacity' | 'standbys'>): boolean {
  return [...capacity.map(({ on }) => on), ...standbys].some((on) => on.startsWith('ec2'))
}

export function containerChecks(
  definition: ContainerFields & PortFields & Placement,
): Checks<ContainerFields & PortFields> {
  const { image, architecture, ephemeralStorageGiB, port } = definition
  const isOnInstances = definition.runs === 'always' && usesInstances(definition)
  return {
    ...sizeChecks(definition),
    ...programChecks(definition, definition.memoryMiB, definition.slowestRequestSeconds),
    image: imageChecks(image),
    architecture: [
      choice(architecture, ['arm64', 'x86-64'], 'Choose the one that the image has.'),
      [
        architecture !== 'x86-64' || !isOnInstances,
        'be arm64 on instances, also for standbys: all of them have Graviton processors',
        'Use Fargate alone, or build the image for arm64.',
      ],
    ],
    ephemeralStorageGiB: [
      [
        ephemeralStorageGiB === undefined || isWhole(ephemeralStorageGiB, 21, 200),
        'be a whole number from 21 to 200: without the field, Fargate has 20',
        'Choose from 21 to 200, or remove the field.',
      ],
      [
        ephemeralStorageGiB === undefined || !isOnInstances,
        'be absent for tasks on instances, also those of a standby: ECS rejects it there',
        'Remove it, or use Fargate alone.',
      ],
    ],
    port: [
      [
        port === undefined || isWhole(port, 1024, 65_535),
        'be a whole number from 1024 to 65535: containers run without root, and so cannot open lower ports',
        'Choose a higher one.',
      ],
      [
        port === undefined || definition.runs === 'always',
        'be absent for a scheduled task, which receives no requests',
        'Remove it.',
      ],
    ],
  }
}

function sizeChecks({ cpu, memoryMiB }: ContainerFields): Checks<ContainerFields> {
  const fix = 'Choose the next larger one.'
  const size = Object.hasOwn(sizes, cpu) ? sizes[cpu] : undefined
  if (size === undefined) {
    return { cpu: [[false, `be one of ${Object.keys(sizes).join(', ')}`, fix]] }
  }
  const [min, max, step] = size
  const isSize = isWhole(memoryMiB, min, max) && memoryMiB % step === 0
  // The smallest size is half a step.
  const isSmallest = cpu === 256 && memoryMiB === 512
  const must = `be ${min} to ${max} in steps of ${step} for ${cpu} CPU units: Fargate has no other sizes`
  return { memoryMiB: [[isSize || isSmallest, must, fix]] }
}

/**
 * The checks of a program: of the service, or of a sidecar.
 *
 * @param memoryMiB what its folders in memory must fit in
 */
export function programChecks(
  { command, entryPoint, temporaryFolders, stopSeconds }: ProgramFields,
  memoryMiB: number,
  slowestRequestSeconds = 0,
): Checks<ProgramFields> {
  const words: Check[1] = 'be a list of one or more strings, one for each argument'
  const isCommand = (value: unknown) =>
    value === undefined || (isStrings(value) && value.length > 0 && value[0] !== '')
  const fix = 'Write each argument as an item of the list.'
  return {
    command: [[isCommand(command), words, fix]],
    entryPoint: [[isCommand(entryPoint), words, fix]],
    temporaryFolders: folderChecks(temporaryFolders, memoryMiB),
    stopSeconds: [
      [
        stopSeconds === undefined || isWhole(stopSeconds, 2, noticeSeconds),
        'be a whole number from 2 to 120: an interruption notice gives no more',
        'Choose from 2 to 120.',
      ],
      [
        !(typeof stopSeconds === 'number' && stopSeconds < slowestRequestSeconds),
        `be at least ${slowestRequestSeconds}, the slowestRequestSeconds: ECS kills the task before its requests end`,
        'Choose more.',
      ],
    ],
  }
}

/** Folders that the runtime mounts, or without whose files no program starts. Folders below /etc and /usr are fine. */
const reservedPaths = /^\/((dev|proc|sys)(\/.*)?|bin|etc|lib|lib64|sbin|usr)$/

/** The sizes of the folders in memory. */
export function memoryOf(folders: unknown): unknown[] {
  return (Array.isArray(folders) ? folders : [])
    .map((folder: unknown) => (isObject(folder) ? folder.memoryMiB : undefined))
    .filter((size) => size !== undefined)
}

function folderChecks(folders: unknown, memoryMiB: number): Check[] {
  if (folders === undefined) return []
  const all = Array.isArray(folders) && folders.every(isObject) ? folders : undefined
  if (all === undefined) {
    return [[false, 'be a list of folders, each with a path', 'Write [{ path: "/tmp" }].']]
  }
  const paths = all.map(({ path }: { path?: unknown }) => path)
  const inMemory = memoryOf(all)
  const sizesMiB = inMemory.filter(isNumber)
  const areSizes = inMemory.length === sizesMiB.length && sizesMiB.every((size) => isWhole(size, 1))
  const sum = sizesMiB.reduce((total, size) => total + size, 0)
  const isPath = (path: unknown) =>
    typeof path === 'string' && /^(\/\.?[\w-][\w.-]*)+$/.test(path) && !reservedPaths.test(path)
  return [
    [
      paths.every(isPath),
      'have absolute paths of letters, digits and _ . -, outside of system folders such as /etc',
      'Correct the path.',
    ],
    [isUnique(paths.map(String)), 'name each path once', 'Remove the duplicate.'],
    [areSizes, 'have a whole number of MiB, 1 or more, as memoryMiB', 'Correct it.'],
    [
      !areSizes || sum < memoryMiB,
      `use less memory than the ${memoryMiB} MiB of the task, and they use ${sum}`,
      'Lower their memoryMiB, or keep large folders on the disk.',
    ],
  ]
}
