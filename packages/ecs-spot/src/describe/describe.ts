import {
  type CapacityProvider,
  type Cluster,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListServicesCommand,
  type Service,
  type TaskDefinition,
} from '@aws-sdk/client-ecs'
import { tags as failoverTags } from '@tideway/failover-lambda/tags'
import { createdByTag } from '../created-by'
import { descriptionOf } from './description-of'
import { DescribeError } from './errors'
import { servingOf, tagOf } from './facts'
import { serviceRefusals, taskRefusals } from './refusals'
import type { Selection } from './selection'
import type { ServiceDescription } from './service-description'

export interface Refusal {
  readonly service: string
  /** What to do about it too. */
  readonly reason: string
}

export interface Described {
  /** Sorted by name, so that the same services give the same file. */
  readonly services: readonly ServiceDescription[]
  /** Selected services that can have no standby. */
  readonly refused: readonly Refusal[]
}

type Client = Pick<ECSClient, 'send'>

/** ECS limits for one call. */
const servicesPerCall = 10
const providersPerCall = 10

/** Describes the services of a cluster that can have a standby, and says why the others cannot. It changes nothing. */
export async function describeServices(ecs: Client, selection: Selection): Promise<Described> {
  const cluster = await clusterNamed(ecs, selection.cluster)
  const all = await servicesOf(ecs, selection.cluster)
  const surroundings = {
    // It may be given as an ARN.
    selection: { ...selection, cluster: cluster.clusterName ?? selection.cluster },
    providers: await providersOf(ecs, cluster),
    standbys: standbysIn(all),
  }
  const refused: Refusal[] = missingServices(all, selection)
  const services: ServiceDescription[] = []
  for (const service of all.filter((one) => isSelected(one, selection))) {
    const name = service.serviceName ?? ''
    const reasons = serviceRefusals(service, surroundings)
    const task = reasons.length === 0 ? await taskDefinitionOf(ecs, service) : undefined
    if (task !== undefined) reasons.push(...taskRefusals(service, task, surroundings))
    if (task !== undefined && reasons.length === 0) {
      services.push(descriptionOf(service, task, surroundings))
    }
    refused.push(...reasons.map((reason) => ({ service: name, reason })))
  }
  return { services, refused }
}

async function clusterNamed(ecs: Client, name: string): Promise<Cluster> {
  const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [name] }))
  const cluster = clusters.find(({ status }) => status === 'ACTIVE')
  if (cluster !== undefined) return cluster
  const status = clusters[0]?.status
  throw new DescribeError(
    `--cluster: must be an active cluster of this account and region; got "${name}", which ${status === undefined ? 'does not exist here' : `is ${status}`}. Set AWS_REGION to the region of the cluster. \`aws ecs list-clusters\` prints the clusters of a region.`,
  )
}

/** All services, sorted by name: standbys of the selected ones may be any of them. */
async function servicesOf(ecs: Client, cluster: string): Promise<Service[]> {
  const arns: string[] = []
  let nextToken: string | undefined
  do {
    const page = await ecs.send(new ListServicesCommand({ cluster, maxResults: 100, nextToken }))
    arns.push(...(page.serviceArns ?? []))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  const found: Service[] = []
  for (const services of chunks(arns, servicesPerCall)) {
    const page = await ecs.send(
      new DescribeServicesCommand({ cluster, services, include: ['TAGS'] }),
    )
    found.push(...(page.services ?? []))
  }
  return found.sort((one, other) => byText(one.serviceName ?? '', other.serviceName ?? ''))
}

async function providersOf(
  ecs: Client,
  { capacityProviders: names = [] }: Cluster,
): Promise<Map<string, CapacityProvider>> {
  const found = new Map<string, CapacityProvider>(names.map((name) => [name, { name }]))
  // FARGATE and FARGATE_SPOT have nothing to describe.
  const own = names.filter((name) => !name.startsWith('FARGATE'))
  for (const capacityProviders of chunks(own, providersPerCall)) {
    const page = await ecs.send(new DescribeCapacityProvidersCommand({ capacityProviders }))
    for (const provider of page.capacityProviders ?? []) found.set(provider.name ?? '', provider)
  }
  return found
}

async function taskDefinitionOf(ecs: Client, service: Service): Promise<TaskDefinition> {
  const { taskDefinition } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: servingOf(service).taskDefinition }),
  )
  return taskDefinition ?? {}
}

function isSelected(service: Service, { services, tag }: Selection): boolean {
  // A cluster with a failover has standbys. Only one that is named is a mistake.
  const isChosen =
    services === undefined
      ? tagOf(service, failoverTags.standbyOf) === undefined
      : services.includes(service.serviceName ?? '')
  return isChosen && (tag === undefined || tagOf(service, tag.key) === tag.value)
}

function missingServices(all: readonly Service[], { cluster, services = [] }: Selection) {
  const names = new Set(all.map(({ serviceName }) => serviceName))
  return [...new Set(services)]
    .filter((name) => !names.has(name))
    .map((service) => ({
      service,
      reason: `the cluster ${cluster} has no service of this name. \`aws ecs list-services --cluster ${cluster}\` prints them.`,
    }))
}

function standbysIn(all: readonly Service[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const service of all) {
    const primary = tagOf(service, failoverTags.standbyOf)
    if (primary === undefined || service.status !== 'ACTIVE') continue
    if (tagOf(service, createdByTag) !== undefined) continue
    found.set(primary, [...(found.get(primary) ?? []), service.serviceName ?? ''])
  }
  return found
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/** The same order in every locale. */
function byText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
