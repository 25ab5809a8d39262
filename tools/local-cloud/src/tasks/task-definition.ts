import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import { accessKeyOf } from '../access/callers'
import { AwsCallError, AwsCalls } from '../aws-call'

/** Runs in place of the image of a service. */
export interface LocalRun {
  readonly run: readonly string[]
  /** An absolute path. @default a temporary folder */
  readonly cwd?: string
}

/** The task cannot start, in the words of ECS. */
export class StartError extends Error {}

/** Images without a program of their own: what they run is complete in the task definition. */
const baseImage =
  /(^|\/)(library\/)?(alpine|bash|busybox|debian|node|perl|python|ruby|ubuntu)(:|@|$)/

/** What a container runs on this machine, or why it cannot. */
export function commandOf(
  container: ContainerDefinition,
  path = process.env.PATH ?? '',
): readonly string[] | string {
  const { image = '', entryPoint = [], command = [] } = container
  const words = [...entryPoint, ...command]
  const [file] = words
  if (file === undefined) return `its image ${image} decides about the command`
  if (!baseImage.test(image)) return `its program is in the image ${image}`
  return isExecutable(file, path) ? words : `${file} is not installed on this machine`
}

function isExecutable(file: string, path: string): boolean {
  const files = file.includes('/')
    ? [file]
    : path.split(delimiter).map((folder) => join(folder, file))
  return files.some((each) => {
    try {
      accessSync(each, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The seconds that ECS waits between SIGTERM and SIGKILL. */
export function stopTimeoutOf({ containerDefinitions = [] }: TaskDefinition): number {
  return Math.max(...containerDefinitions.map(({ stopTimeout = 30 }) => Math.min(stopTimeout, 120)))
}

/**
 * The environment of a container, with each port of the task replaced by one of this machine: as a value, or after the
 * address of the task.
 */
export function environmentOf(
  container: ContainerDefinition,
  ports: ReadonlyMap<number, number>,
): Record<string, string> {
  const own = container.portMappings?.[0]?.containerPort
  const mapped = own === undefined ? undefined : ports.get(own)
  const declared = (container.environment ?? []).map(({ name = '', value = '' }) => {
    const port = ports.get(Number(value))
    const replaced = value.replace(/\b(localhost|127\.0\.0\.1):(\d+)\b/g, (all, host, each) =>
      ports.has(Number(each)) ? `${host}:${ports.get(Number(each))}` : all,
    )
    return [name, port === undefined ? replaced : String(port)] as const
  })
  return { ...(mapped !== undefined && { PORT: String(mapped) }), ...Object.fromEntries(declared) }
}

/** Reads what ECS reads before a task starts, under its execution role. */
export class ExecutionRole {
  private readonly calls: AwsCalls

  constructor(
    url: string,
    private readonly roleArn: string | undefined,
  ) {
    this.calls = new AwsCalls(url, roleArn === undefined ? 'none' : accessKeyOf(roleArn))
  }

  /** The values of its secrets and parameters, by the name of the variable. */
  async secretsOf(container: ContainerDefinition): Promise<Record<string, string>> {
    const { repositoryCredentials, secrets = [] } = container
    if (this.roleArn === undefined && secrets.length > 0) {
      throw new StartError(
        'ClientException: When you are specifying container secrets, you must also specify a value for executionRoleArn.',
      )
    }
    const credentials = repositoryCredentials?.credentialsParameter
    if (credentials !== undefined) await this.secret(credentials)
    const values: Record<string, string> = {}
    for (const { name = '', valueFrom = '' } of secrets) {
      values[name] = valueFrom.startsWith('arn:aws:secretsmanager:')
        ? await this.secret(valueFrom)
        : await this.parameter(valueFrom)
    }
    return values
  }

  /** Creates the log stream of a container. */
  async createStream(logGroupName: string, logStreamName: string): Promise<void> {
    await this.call('logs', 'CreateLogStream', { logGroupName, logStreamName }, (why) =>
      why.startsWith('ResourceAlreadyExistsException')
        ? undefined
        : `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${why} : exit status 1`,
    )
  }

  /** @param valueFrom an ARN, with `:json-key:version-stage:version-id` if it is not the whole current value */
  private async secret(valueFrom: string): Promise<string> {
    const parts = valueFrom.split(':')
    const arn = parts.slice(0, 7).join(':')
    const [key, VersionStage, VersionId] = parts.slice(7)
    const input = {
      SecretId: arn,
      ...(VersionStage && { VersionStage }),
      ...(VersionId && { VersionId }),
    }
    const output = await this.call('secretsmanager', 'GetSecretValue', input, (why) =>
      pullError(
        `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: ${why}`,
      ),
    )
    const text = String(output.SecretString ?? '')
    if (!key) return text
    const value = fieldOf(text, key)
    if (value !== undefined) return value
    throw new StartError(
      pullError(
        `unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key ${key}`,
      ),
    )
  }

  private async parameter(valueFrom: string): Promise<string> {
    const name = /^arn:aws:ssm:[^:]*:[^:]*:parameter(\/.+)$/.exec(valueFrom)?.[1] ?? valueFrom
    const retrieve = 'unable to retrieve secrets from ssm:'
    const { Parameters = [] } = (await this.call(
      'ssm',
      'GetParameters',
      { Names: [name], WithDecryption: true },
      (why) => pullError(`${retrieve} service call has been retried 1 time(s): ${why}`),
    )) as { Parameters?: readonly { readonly Value?: string }[] }
    const [found] = Parameters
    if (found !== undefined) return found.Value ?? ''
    throw new StartError(pullError(`${retrieve} invalid ssm parameters: ${name}`))
  }

  /** @param failure what ECS says, from the code and the message of the error; undefined if it goes on */
  private async call(
    service: 'logs' | 'secretsmanager' | 'ssm',
    operation: string,
    input: object,
    failure: (why: string) => string | undefined,
  ): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await this.calls.json(service, operation, input)
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      const why = error.message.slice(error.message.indexOf(`${error.code}: `))
      const message = failure(why)
      if (message === undefined) return {}
      throw new StartError(message)
    }
  }
}

function pullError(what: string): string {
  return `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${what}`
}

/** A field of a secret in JSON, as text. */
function fieldOf(text: string, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)[key]
    if (value === undefined) return undefined
    return typeof value === 'string' ? value : JSON.stringify(value)
  } catch {
    return undefined
  }
}
