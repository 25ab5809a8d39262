import { type Environment, literal } from '@tideway/constructs'
import type { Connect, Image, ProgramFields, SecretSource, VariableFields } from '../definition'
import { ecrRepositoryArn, noticeSeconds } from '../definition'
import type { Repository } from '../registry'
import { valueFrom } from './secret-access'

/** What a team declares about a container: that of the service, or a sidecar. */
interface DeclaredFields extends ProgramFields, VariableFields {
  readonly image: Image | { readonly example: string }
}

/** The port of a task that others call by name. */
export const servedPortName = 'app'

export interface ContainerProps {
  readonly name: string
  readonly fields: DeclaredFields
  readonly port?: number
  /** The protocol in which Service Connect serves the port. */
  readonly served?: Connect['serves']
  /** @default true */
  readonly essential?: boolean
  /** Variables of the platform. */
  readonly variables?: Readonly<Record<string, string>>
  /** ARNs of secrets and parameters of the platform, by the name of the variable. */
  readonly secretArns?: Readonly<Record<string, string>>
}

/** What the containers of a task share. */
export interface TaskContext {
  readonly environment: Environment
  /** That of the service. */
  readonly repository: Repository | undefined
  readonly log: TaskLog
}

/** The log of a task, to which all its containers write. */
export interface TaskLog {
  readonly groupName: string
  /** The prefix of the streams: the name of the service. */
  readonly streamPrefix: string
  readonly bufferMiB?: number
}

/** What a container adds to its task. */
export interface ContainerParts {
  /** One item of the container definitions. */
  readonly definition: object
  /** What the execution role reads to start it. */
  readonly reads: readonly SecretSource[]
  /** Private repositories of ECR with its image, besides that of the service. */
  readonly repositoryArns: readonly string[]
  /** Names of empty volumes on the disk of the task. */
  readonly volumes: readonly string[]
}

/** The user and group `nobody` by number, since not every image has the name. */
const userId = 65_534

/** A container of a task: one item of its container definitions, and what the task needs for it. */
export function containerParts(props: ContainerProps, context: TaskContext): ContainerParts {
  const { name, fields, port, served, essential = true } = props
  const { environment, repository, log } = context
  const { image, command, entryPoint, stopSeconds = noticeSeconds, temporaryFolders = [] } = fields
  const source = imageSource(image, repository)
  const secrets = Object.entries(fields.secrets ?? {})
  const inMemory = temporaryFolders.filter(({ memoryMiB }) => memoryMiB !== undefined)
  const onDisk = temporaryFolders
    .filter(({ memoryMiB }) => memoryMiB === undefined)
    .map(({ path }, index) => ({ sourceVolume: `${name}-${index}`, containerPath: path }))
  const declared = Object.entries(fields.environment ?? {}).map(([key, value]) => ({
    name: key,
    value: literal(value),
  }))
  const ofPlatform = Object.entries(props.variables ?? {}).map(([key, value]) => ({
    name: key,
    value,
  }))
  const secretArns = {
    ...props.secretArns,
    ...Object.fromEntries(secrets.map(([key, from]) => [key, valueFrom(from, environment)])),
  }
  return {
    definition: {
      name,
      image: source.image,
      ...(source.credentials && {
        repositoryCredentials: { credentialsParameter: source.credentials },
      }),
      ...(entryPoint && { entryPoint: entryPoint.map(literal) }),
      ...(command && { command: command.map(literal) }),
      essential,
      readonlyRootFilesystem: true,
      user: `${userId}:${userId}`,
      linuxParameters: {
        initProcessEnabled: true,
        capabilities: { drop: ['ALL'] },
        ...(inMemory.length > 0 && {
          tmpfs: inMemory.map(({ path, memoryMiB }) => ({
            containerPath: path,
            size: memoryMiB,
            // Otherwise root owns it.
            mountOptions: [`uid=${userId}`, `gid=${userId}`, 'mode=0700', 'nosuid', 'nodev'],
          })),
        }),
      },
      ...(onDisk.length > 0 && { mountPoints: onDisk }),
      stopTimeout: stopSeconds,
      portMappings:
        port === undefined
          ? []
          : [
              {
                containerPort: port,
                protocol: 'tcp',
                ...(served && { name: servedPortName }),
                // Without one, ECS serves plain TCP.
                ...(served && served !== 'tcp' && { appProtocol: served }),
              },
            ],
      environment: [...ofPlatform, ...declared],
      secrets: Object.entries(secretArns).map(([key, arn]) => ({ name: key, valueFrom: arn })),
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': log.groupName,
          'awslogs-region': environment.region,
          'awslogs-stream-prefix': log.streamPrefix,
          // Logging problems must not block the service.
          mode: 'non-blocking',
          ...(log.bufferMiB !== undefined && { 'max-buffer-size': `${log.bufferMiB}m` }),
        },
      },
    },
    reads: [
      ...secrets.map(([, from]) => from),
      ...(source.credentials === undefined ? [] : [{ secret: source.credentials }]),
    ],
    repositoryArns: source.repositoryArns,
    volumes: onDisk.map(({ sourceVolume }) => sourceVolume),
  }
}

interface ImageSource {
  readonly image: string
  readonly credentials?: string
  readonly repositoryArns: readonly string[]
}

function imageSource(
  image: DeclaredFields['image'],
  repository: Repository | undefined,
): ImageSource {
  if ('example' in image) return { image: image.example, repositoryArns: [] }
  const { from, credentials, tag, digest }: Image & { tag?: string; digest?: string } = image
  const version = tag === undefined ? `@${digest}` : `:${tag}`
  if (from === undefined) return { image: `${repository?.url}${version}`, repositoryArns: [] }
  const arn = ecrRepositoryArn(from)
  return {
    image: `${from}${version}`,
    ...(credentials !== undefined && { credentials }),
    repositoryArns: arn === undefined ? [] : [arn],
  }
}
