import type {
  CapacityProvider,
  Cluster,
  DescribeCapacityProvidersCommandInput,
  DescribeClustersCommandInput,
  DescribeServicesCommandInput,
  DescribeTaskDefinitionCommandInput,
  ECSClient,
  ListServicesCommandInput,
  Service,
  TaskDefinition,
} from '@aws-sdk/client-ecs'

/** A cluster as ECS describes it, for the clients of `clientOf`. */
export interface DescribedCluster {
  readonly cluster?: Cluster
  readonly services?: readonly Service[]
  readonly tasks?: Readonly<Record<string, TaskDefinition>>
  readonly providers?: readonly CapacityProvider[]
  /** Services in a page of a list. ECS has up to 100. */
  readonly pageSize?: number
  /** The error of an operation, instead of its result. */
  readonly errors?: Readonly<Record<string, Error>>
}

export const accountId = '111122223333'

export const ecsArn = (resource: string) => `arn:aws:ecs:eu-west-1:${accountId}:${resource}`

export function fargateCluster(services: readonly Service[], rest: DescribedCluster = {}) {
  return { cluster: shop, services, tasks: { 'web:7': webTask }, ...rest }
}

export const shop: Cluster = {
  clusterName: 'shop',
  status: 'ACTIVE',
  capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
}

export const webTask: TaskDefinition = {
  cpu: '512',
  memory: '1024',
  compatibilities: ['EC2', 'FARGATE'],
  taskRoleArn: `arn:aws:iam::${accountId}:role/web`,
  executionRoleArn: `arn:aws:iam::${accountId}:role/pulls`,
  runtimePlatform: { cpuArchitecture: 'ARM64' },
  containerDefinitions: [{ name: 'web', stopTimeout: 90 }],
}

/** A service on Fargate Spot, as somebody else made it. */
export function spotService(name: string, rest: Partial<Service> = {}): Service {
  return {
    serviceName: name,
    serviceArn: ecsArn(`service/shop/${name}`),
    status: 'ACTIVE',
    taskDefinition: 'web:7',
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 }],
    platformVersion: 'LATEST',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ['subnet-1', 'subnet-2'],
        securityGroups: ['sg-1'],
        assignPublicIp: 'DISABLED',
      },
    },
    deployments: [{ status: 'PRIMARY' }],
    propagateTags: 'NONE',
    ...rest,
  }
}

export const tagged = (tags: Readonly<Record<string, string>>): Partial<Service> => ({
  tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
})

/** A client that answers as ECS, with its limits and pages. */
export function clientOf(found: DescribedCluster): Pick<ECSClient, 'send'> & { calls: string[] } {
  const calls: string[] = []
  const named = (nameOrArn: string) => nameOrArn.split('/').at(-1)
  const answers: Readonly<Record<string, (input: never) => unknown>> = {
    DescribeClusters: ({ clusters = [] }: DescribeClustersCommandInput) => ({
      clusters: [found.cluster].filter((one) => clusters.includes(one?.clusterName ?? '')),
    }),
    ListServices: ({ nextToken = '0', maxResults = 10 }: ListServicesCommandInput) => {
      const [from, size] = [Number(nextToken), Math.min(maxResults, found.pageSize ?? 100)]
      const all = found.services ?? []
      return {
        serviceArns: all.slice(from, from + size).map(({ serviceArn }) => serviceArn),
        ...(from + size < all.length && { nextToken: `${from + size}` }),
      }
    },
    DescribeServices: ({ services = [], include = [] }: DescribeServicesCommandInput) => {
      if (services.length > 10) throw new Error('InvalidParameterException: at most 10 services')
      const names = services.map(named)
      return {
        services: (found.services ?? [])
          .filter(({ serviceName = '' }) => names.includes(serviceName))
          .map(({ tags, ...one }) => ({ ...one, ...(include.includes('TAGS') && { tags }) })),
      }
    },
    DescribeCapacityProviders: (input: DescribeCapacityProvidersCommandInput) => ({
      capacityProviders: (found.providers ?? []).filter(({ name = '' }) =>
        input.capacityProviders?.includes(name),
      ),
    }),
    DescribeTaskDefinition: ({ taskDefinition = '' }: DescribeTaskDefinitionCommandInput) => ({
      taskDefinition: found.tasks?.[taskDefinition],
    }),
  }
  const send = async (command: { readonly input: object }) => {
    const operation = command.constructor.name.replace(/Command$/, '')
    calls.push(operation)
    const error = found.errors?.[operation]
    if (error !== undefined) throw error
    return answers[operation]?.(command.input as never)
  }
  return { calls, send: send as ECSClient['send'] }
}
