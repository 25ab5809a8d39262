import { AwsError } from '@tideway/spot-simulator'
import type { MotoPatch } from '../gateway/moto-patch'
import { localArn } from './account'
import { type Input, operationsPatch } from './operations'
import { uuidOf } from './stores'

interface Tag {
  readonly key: string
  readonly value: string
}

/** A service as written, with the fields that ECS adds. */
export type StoredService = Input & {
  readonly serviceArn: string
  readonly serviceName: string
  readonly clusterName: string
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly desiredCount: number
  readonly taskDefinition: string
  readonly tags: readonly Tag[]
}

/**
 * ECS services. moto drops half of their fields and runs no tasks. While a drought runs, counts and events come from the
 * simulator. A task that is started by hand has ended at once: with 1 if its command is `false`, and else with 0. Remove it
 * when a second plan of a service is empty, and moto runs tasks.
 */
export class EcsServices {
  private readonly services = new Map<string, StoredService>()
  private readonly tasks = new Map<string, Input>()
  /** The counts, deployments and events of a service. Set while a simulation runs. */
  currentView: (service: StoredService) => Input | undefined = () => undefined
  /** Receives a service after Terraform or a person changes it, and the input of the change. */
  onChange: (service: StoredService, input: Input) => void = () => {}
  /** Receives the tags of a cluster that are set or removed. The value of a removed one is undefined. */
  onClusterTags: (cluster: string, tags: Readonly<Record<string, string | undefined>>) => void =
    () => {}

  get all(): StoredService[] {
    return [...this.services.values()].filter(({ status }) => status === 'ACTIVE')
  }

  readonly patch: MotoPatch = operationsPatch(
    'ecs',
    {
      CreateService: (input) => ({ service: this.view(this.create(input)) }),
      DescribeServices: (input) => this.describe(input),
      ListServices: (input) => this.list(input),
      UpdateService: (input) => {
        const { cluster, service: reference, forceNewDeployment: _, ...changes } = input
        const service = this.findActive(cluster, reference)
        const merged = { ...service, ...changes }
        const taskDefinition = taskDefinitionArn(merged.taskDefinition)
        const updated = this.put({ ...merged, taskDefinition })
        this.onChange(updated, input)
        return { service: this.view(updated) }
      },
      RunTask: (input) => ({ tasks: [this.run(input)], failures: [] }),
      DescribeTasks: ({ tasks = [] }) => {
        const found = (tasks as readonly string[]).flatMap((arn) => this.tasks.get(arn) ?? [])
        return found.length > 0 ? { tasks: found, failures: [] } : undefined
      },
      DeleteService: ({ cluster, service: reference }) => {
        const service = this.findActive(cluster, reference)
        this.put({ ...service, status: 'INACTIVE', desiredCount: 0 })
        return { service: this.view({ ...service, status: 'INACTIVE' }) }
      },
      ListTagsForResource: ({ resourceArn }) => {
        const service = this.services.get(String(resourceArn))
        return service && { tags: service.tags }
      },
      TagResource: ({ resourceArn, tags }) => {
        const added = (tags ?? []) as readonly Tag[]
        const keys = added.map(({ key }) => key)
        return this.retag(resourceArn, keys, added)
      },
      UntagResource: ({ resourceArn, tagKeys }) =>
        this.retag(resourceArn, (tagKeys ?? []) as readonly string[], []),
    },
    () => this.all.map(({ serviceArn }) => serviceArn),
  )

  private put(service: StoredService): StoredService {
    this.services.set(service.serviceArn, service)
    return service
  }

  private run({ cluster, taskDefinition, startedBy, overrides }: Input): Input {
    const id = uuidOf(`task ${this.tasks.size}`).replaceAll('-', '')
    const taskArn = localArn('ecs', `task/${nameOf(cluster)}/${id}`)
    const { containerOverrides = [] } = (overrides ?? {}) as { containerOverrides?: Input[] }
    const task = {
      taskArn,
      taskDefinitionArn: taskDefinitionArn(String(taskDefinition)),
      startedBy,
      lastStatus: 'STOPPED',
      stoppedReason: 'Essential container in task exited',
      containers: containerOverrides.map(({ name, command = [] }) => ({
        name,
        exitCode: (command as readonly string[])[0] === 'false' ? 1 : 0,
      })),
    }
    this.tasks.set(taskArn, task)
    return task
  }

  private create({ cluster, clientToken: _, ...input }: Input): StoredService {
    const clusterName = nameOf(cluster)
    const serviceName = String(input.serviceName)
    const serviceArn = localArn('ecs', `service/${clusterName}/${serviceName}`)
    if (this.services.get(serviceArn)?.status === 'ACTIVE') {
      throw new AwsError('InvalidParameterException', 'Creation of service was not idempotent.')
    }
    const defaults = { schedulingStrategy: 'REPLICA', desiredCount: 0, tags: [] }
    return this.put({
      ...defaults,
      ...input,
      serviceName,
      clusterName,
      serviceArn,
      clusterArn: localArn('ecs', `cluster/${clusterName}`),
      status: 'ACTIVE',
      taskDefinition: taskDefinitionArn(String(input.taskDefinition)),
      createdAt: Date.now() / 1000,
    })
  }

  private list({ cluster, maxResults = 10, nextToken = '0' }: Input): object {
    const arns = this.all
      .filter(({ clusterName }) => clusterName === nameOf(cluster))
      .map(({ serviceArn }) => serviceArn)
    const start = Number(nextToken)
    const end = start + Number(maxResults)
    return {
      serviceArns: arns.slice(start, end),
      ...(end < arns.length && { nextToken: String(end) }),
    }
  }

  private describe({ cluster, services = [], include = [] }: Input): object {
    const references = services as readonly string[]
    const found = references.map((reference) => this.find(cluster, reference))
    const withTags = (include as readonly string[]).includes('TAGS')
    return {
      services: found.flatMap((service) => (service ? [this.view(service, withTags)] : [])),
      failures: references
        .filter((_, index) => found[index] === undefined)
        .map((arn) => ({ arn, reason: 'MISSING' })),
    }
  }

  private view(service: StoredService, withTags = true): Input {
    const { tags, clusterName: _, ...stored } = service
    const counts = { runningCount: service.desiredCount, pendingCount: 0 }
    const deployment = {
      id: `ecs-svc/${service.serviceName}`,
      status: 'PRIMARY',
      rolloutState: 'COMPLETED',
      taskDefinition: service.taskDefinition,
      desiredCount: service.desiredCount,
      ...counts,
    }
    const isRolling = (service.deploymentController as Input | undefined)?.type !== 'CODE_DEPLOY'
    return {
      ...stored,
      ...counts,
      deployments: isRolling && service.status === 'ACTIVE' ? [deployment] : [],
      events: [],
      ...this.currentView(service),
      ...(withTags && { tags }),
    }
  }

  /** Undefined for other resources of ECS, whose tags are in moto. */
  private retag(arn: unknown, removedKeys: readonly string[], added: readonly Tag[]) {
    const service = this.services.get(String(arn))
    if (service === undefined) {
      const [, cluster] = /:cluster\/(.+)$/.exec(String(arn)) ?? []
      const removed = removedKeys.map((key) => [key, undefined] as const)
      const tags = [...removed, ...added.map(({ key, value }) => [key, value] as const)]
      if (cluster !== undefined) this.onClusterTags(cluster, Object.fromEntries(tags))
      return undefined
    }
    const kept = service.tags.filter(({ key }) => !removedKeys.includes(key))
    this.onChange(this.put({ ...service, tags: [...kept, ...added] }), {})
    return {}
  }

  private find(cluster: unknown, reference: unknown): StoredService | undefined {
    return this.services.get(localArn('ecs', `service/${nameOf(cluster)}/${nameOf(reference)}`))
  }

  private findActive(cluster: unknown, reference: unknown): StoredService {
    const service = this.find(cluster, reference)
    if (service?.status === 'ACTIVE') return service
    throw new AwsError('ServiceNotFoundException', 'Service not found.')
  }
}

/** The name at the end of an ARN or URL, or the name itself. */
export function nameOf(reference: unknown): string {
  return String(reference ?? 'default').replace(/^.*\//, '')
}

function taskDefinitionArn(reference: string): string {
  return reference.startsWith('arn:') ? reference : localArn('ecs', `task-definition/${reference}`)
}
