import type { Service } from '@tideway/spot-simulator'

const primaryTag = 'tideway:standby-of'

export function isPrimary({ tags }: Service): boolean {
  return !tags.has(primaryTag)
}

/** The primary of a standby, or the name of a primary itself. */
export function primaryOf({ name, tags }: Service): string {
  return tags.get(primaryTag) ?? name
}

/** Names services with their clusters where there are several: a name is unique in its cluster only. */
export function qualifiedNames(services: readonly Service[]) {
  const clusters = new Set(services.map(({ clusterName }) => clusterName))
  return (clusterName: string, name: string) =>
    clusters.size > 1 ? `${clusterName}/${name}` : name
}

/** The name of a primary and its standbys. */
export function pairNames(services: readonly Service[]): (service: Service) => string {
  const nameIn = qualifiedNames(services)
  return (service) => nameIn(service.clusterName, primaryOf(service))
}

/** Whether a primary names its standbys. */
export function hasStandbys({ tags }: Service): boolean {
  return tags.has('tideway:standbys')
}

export function desiredTasks(services: readonly Service[]): number {
  return services.reduce((sum, { desiredCount }) => sum + desiredCount, 0)
}

/** The duration of an interruption notice. */
const noticeSeconds = 120

/**
 * How long a service may be below its desired count in a drought. Tasks that refuse requests from the notice on are missing
 * until others serve, for which there is the time of the notice. On instances, only tasks that ECS stops get that signal.
 */
export function allowedShortfallSeconds({
  tags,
  deployments,
}: Pick<Service, 'tags' | 'deployments'>): number {
  const isOnFargateSpot = deployments.some(({ release }) =>
    release.strategy.some(({ capacityProvider }) => capacityProvider === 'FARGATE_SPOT'),
  )
  const leaves = tags.get('tideway:at-notice') !== 'serve-until-drained'
  const isBalanced = deployments.some(({ release }) => release.loadBalancers.length > 0)
  return isOnFargateSpot && leaves && isBalanced ? noticeSeconds : 0
}
