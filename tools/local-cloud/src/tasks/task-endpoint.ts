import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Task } from '@tideway/spot-simulator'
import { accessKeyOf } from '../access/callers'
import { account } from '../patches/account'

interface Entry {
  readonly task: Task
  readonly taskRoleArn: string | undefined
  readonly family: string
}

const credentialsSeconds = 6 * 3600

/** The addresses at which tasks find the credentials of their role, and their metadata. */
export class TaskEndpoint {
  private readonly entries = new Map<string, Entry>()
  private listening: Promise<string> | undefined
  private server: Server | undefined

  /** @returns the variables of its containers, and how to end its addresses */
  async add(
    entry: Entry,
    gatewayUrl: string,
  ): Promise<{ variables: Record<string, string>; remove: () => void }> {
    this.listening ??= this.listen()
    const url = await this.listening
    // Nobody can guess the address of another task.
    const id = randomUUID()
    this.entries.set(id, entry)
    return {
      variables: {
        AWS_ENDPOINT_URL: gatewayUrl,
        AWS_REGION: account.region,
        AWS_DEFAULT_REGION: account.region,
        AWS_EXECUTION_ENV: `AWS_ECS_${entry.task.provider.launchType}`,
        ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/${id}`,
        ...(entry.taskRoleArn !== undefined && {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials/${id}`,
        }),
      },
      remove: () => this.entries.delete(id),
    }
  }

  close(): void {
    this.entries.clear()
    this.server?.closeAllConnections()
    this.server?.close()
  }

  private async listen(): Promise<string> {
    const server = createServer((request, response) => {
      const [, kind = '', id = '', part = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? []
      const entry = this.entries.get(id)
      const answer = entry && answerTo(kind, part, entry)
      response
        .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer ?? {}))
    })
    this.server = server
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    server.unref()
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
}

function answerTo(kind: string, part: string, entry: Entry): object | undefined {
  const { task, taskRoleArn } = entry
  if (kind === 'credentials' && taskRoleArn !== undefined) {
    return {
      RoleArn: taskRoleArn,
      AccessKeyId: accessKeyOf(taskRoleArn),
      SecretAccessKey: 'local',
      Token: 'local',
      Expiration: new Date(Date.now() + credentialsSeconds * 1000).toISOString(),
    }
  }
  if (kind !== 'v4') return undefined
  if (part === 'task') return metadataOf(entry)
  return part === ''
    ? { DockerId: task.id, Labels: labelsOf(entry), Networks: networksOf(task) }
    : undefined
}

function metadataOf({ task, family }: Entry): object {
  return {
    Cluster: task.service.clusterArn,
    TaskARN: task.arn,
    Family: family,
    Revision: task.deployment.release.taskDefinition.split(':').at(-1),
    ServiceName: task.service.name,
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.lastStatus,
    AvailabilityZone: task.zone,
    LaunchType: task.provider.launchType,
    Containers: [],
  }
}

function labelsOf({ task, family }: Entry): object {
  return {
    'com.amazonaws.ecs.cluster': task.service.clusterArn,
    'com.amazonaws.ecs.task-arn': task.arn,
    'com.amazonaws.ecs.task-definition-family': family,
  }
}

function networksOf({ ip }: Task): object[] {
  return [{ NetworkMode: 'awsvpc', IPv4Addresses: ip === undefined ? [] : [ip] }]
}
