import type { PolicyStatement } from '@tideway/constructs'

/** What differs between the containers of a task. All of them have a read-only root, no capabilities and the same log. */
export interface ContainerProps {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly port?: number
  /** @default true */
  readonly essential?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** ARNs of secrets and parameters, by the name of the variable. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** The log of a task, to which all its containers write. */
export interface TaskLog {
  readonly groupName: string
  readonly region: string
  /** The prefix of the streams: the name of the service. */
  readonly streamPrefix: string
}

/** What a container adds to its task. */
export interface ContainerParts {
  /** One item of the container definitions. */
  readonly definition: object
  /** Statements of the execution role, which pulls images and reads secrets. */
  readonly executionStatements: readonly PolicyStatement[]
}

/** One item of the container definitions of a task. */
export function containerDefinition(container: ContainerProps, log: TaskLog) {
  const { name, image, command, port, essential = true, environment = {}, secrets = {} } = container
  return {
    name,
    image,
    ...(command && { command }),
    essential,
    readonlyRootFilesystem: true,
    // The user `nobody` by number, since not every image has the name.
    user: '65534:65534',
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    // The whole two minutes of an interruption notice.
    stopTimeout: 120,
    portMappings: port === undefined ? [] : [{ containerPort: port, protocol: 'tcp' }],
    environment: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
    secrets: Object.entries(secrets).map(([key, valueFrom]) => ({ name: key, valueFrom })),
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': log.groupName,
        'awslogs-region': log.region,
        'awslogs-stream-prefix': log.streamPrefix,
        // Logging problems must not block the service.
        mode: 'non-blocking',
      },
    },
  }
}
