import type { MotoPatch } from '../gateway/moto-patch'
import { account } from './account'
import { type Input, JsonService, notMine, Refusal } from './json-service'

interface Tag {
  readonly key: string
  readonly value: string
}

/** A service as it was written, with what ECS adds to it. */
export type StoredService = Input & {
  readonly serviceArn: string
  readonly serviceName: string
  readonly clusterName: string
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly desiredCount: number
  readonly taskDefinition: string
  readonly tags: readonly Tag[]
}

/** What is seen of a service while it runs in the simulator. */
export type LiveView = (service: StoredService) => Input | undefined

/**
 * ECS services, as they were written: moto drops half of what it is told of one. While a drought runs, what changes
 * by itself comes from the simulator. Can go when a service of moto settles, and runs tasks.
 */
export class EcsServices {
  private readonly services = new Map<string, StoredService>()
  /** Set while the simulator runs. */
  live: LiveView = () => undefined
  /** Hears what Terraform, or a person, changes: the service as it is now, and what was asked for. */
  onChange: (service: StoredService, input: Input) => void = () => {}

  get all(): StoredService[] {
    return [...this.services.values()].filter(({ status }) => status === 'ACTIVE')
  }

  readonly patch: MotoPatch = new JsonService(
    'ecs',
    {
      CreateService: (input) => ({ service: this.view(this.create(input)) }),
      DescribeServices: (input) => this.describe(input),
      ListServices: ({ cluster }) => ({
        serviceArns: this.all
          .filter(({ clusterName }) => clusterName === nameOf(cluster))
          .map(({ serviceArn }) => serviceArn),
      }),
      UpdateService: (input) => {
        const service = this.found(input.cluster, input.service)
        const { cluster: _, service: __, forceNewDeployment: ___, ...changes } = input
        const changed = { ...service, ...changes } as StoredService
        const stored = { ...changed, taskDefinition: taskDefinitionArn(changed.taskDefinition) }
        this.services.set(service.serviceArn, stored)
        this.onChange(stored, input)
        return { service: this.view(stored) }
      },
      DeleteService: ({ cluster, service: reference }) => {
        const service = this.found(cluster, reference)
        this.services.set(service.serviceArn, { ...service, status: 'INACTIVE', desiredCount: 0 })
        return { service: this.view({ ...service, status: 'INACTIVE' }) }
      },
      ListTagsForResource: ({ resourceArn }) => {
        const service = this.services.get(String(resourceArn))
        return service === undefined ? notMine : { tags: service.tags }
      },
      TagResource: ({ resourceArn, tags = [] }) =>
        this.retag(resourceArn, (before) => {
          const given = tags as readonly Tag[]
          return [...before.filter(({ key }) => !given.some((tag) => tag.key === key)), ...given]
        }),
      UntagResource: ({ resourceArn, tagKeys = [] }) =>
        this.retag(resourceArn, (before) =>
          before.filter(({ key }) => !(tagKeys as readonly string[]).includes(key)),
        ),
    },
    () => this.all.map(({ serviceArn }) => serviceArn),
  )

  private create(input: Input): StoredService {
    const { cluster, clientToken: _, ...rest } = input
    const clusterName = nameOf(cluster)
    const serviceName = String(input.serviceName)
    const serviceArn = `arn:aws:ecs:${account.region}:${account.id}:service/${clusterName}/${serviceName}`
    if (this.services.get(serviceArn)?.status === 'ACTIVE') {
      throw new Refusal('InvalidParameterException', 'Creation of service was not idempotent.')
    }
    const service = {
      schedulingStrategy: 'REPLICA',
      desiredCount: 0,
      tags: [],
      ...rest,
      serviceName,
      clusterName,
      serviceArn,
      clusterArn: `arn:aws:ecs:${account.region}:${account.id}:cluster/${clusterName}`,
      status: 'ACTIVE',
      taskDefinition: taskDefinitionArn(String(input.taskDefinition)),
      createdAt: Date.now() / 1000,
    } as StoredService
    this.services.set(serviceArn, service)
    return service
  }

  private describe({ cluster, services = [], include = [] }: Input) {
    const known = (services as readonly string[]).map(
      (reference) => [reference, this.find(cluster, reference)] as const,
    )
    const withTags = (include as readonly string[]).includes('TAGS')
    return {
      services: known.flatMap(([, service]) =>
        service === undefined ? [] : [this.view(service, withTags)],
      ),
      failures: known.flatMap(([arn, service]) =>
        service === undefined ? [{ arn, reason: 'MISSING' }] : [],
      ),
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
      ...this.live(service),
      ...(withTags && { tags }),
    }
  }

  private retag(arn: unknown, change: (before: readonly Tag[]) => Tag[]): unknown {
    const service = this.services.get(String(arn))
    if (service === undefined) return notMine
    const retagged = { ...service, tags: change(service.tags) }
    this.services.set(service.serviceArn, retagged)
    this.onChange(retagged, {})
    return {}
  }

  private find(cluster: unknown, reference: unknown): StoredService | undefined {
    const name = nameOf(reference)
    return [...this.services.values()].find(
      (service) => service.serviceName === name && service.clusterName === nameOf(cluster),
    )
  }

  private found(cluster: unknown, reference: unknown): StoredService {
    const service = this.find(cluster, reference)
    if (service?.status !== 'ACTIVE') {
      throw new Refusal('ServiceNotFoundException', 'Service not found.')
    }
    return service
  }
}

/** The last part of an ARN, or the name itself. */
function nameOf(reference: unknown): string {
  return (
    String(reference ?? 'default')
      .split('/')
      .at(-1) ?? ''
  )
}

function taskDefinitionArn(reference: string): string {
  if (reference.startsWith('arn:')) return reference
  return `arn:aws:ecs:${account.region}:${account.id}:task-definition/${reference}`
}
