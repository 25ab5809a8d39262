import type { ServiceState } from './ecs'
import { isPrimary, isServiceName, standbyNames } from './pair'
import { tags } from './tags'

/** What the tags of a primary and of other services say about each other. Only a standby that both sides name is changed. */
export interface Agreement {
  /** The services that the primary names and that name it, in its order. */
  readonly standbys: readonly string[]
  /** Services that name the primary, which does not name them. */
  readonly claimants: readonly string[]
  /** Why the other services are no standbys, a sentence for each. */
  readonly refusals: readonly string[]
}

/** A limit for claimants in a record, and for the reasons in a notification. */
const maxListed = 5

/**
 * Compares the tags of both sides. The services are those of one cluster, so a service of another cluster with the same
 * name is never among them.
 *
 * @param stored the standbys of a deleted primary, whose tags are gone
 */
export function agreementOf(
  primary: string,
  services: ReadonlyMap<string, ServiceState>,
  stored: readonly string[],
): Agreement {
  const state = services.get(primary)
  const isActive = state?.active === true
  const named = isActive ? standbyNames(state.tags) : stored
  const isInPair = !isActive || state.tags[tags.standbyOf] === undefined
  const reasons = new Map(named.map((name) => [name, refusalOf(name, primary, services.get(name))]))
  const claimants = [...services.values()]
    .filter((service) => service.active && service.tags[tags.standbyOf] === primary)
    .map(({ name }) => name)
    .filter((name) => name !== primary && !named.includes(name))
    .sort()
    .slice(0, maxListed)
  const missing = isActive ? 'does not name it' : 'does not exist'
  return {
    standbys: isInPair ? named.filter((name) => reasons.get(name) === undefined) : [],
    claimants,
    refusals: [
      ...(isActive ? [ownRefusalOf(state), ...reasons.values()] : []),
      ...claimants.map(
        (name) => `${name} carries ${tags.standbyOf}=${primary}, and ${primary} ${missing}`,
      ),
    ].flatMap((reason) => reason ?? []),
  }
}

/** Why a service that a primary names is not its standby. */
function refusalOf(
  name: string,
  primary: string,
  standby: ServiceState | undefined,
): string | undefined {
  if (!isServiceName(name)) return `${name} cannot be the name of a service in this cluster`
  if (name === primary) return `${name} names itself`
  if (!standby?.active) return `${name} does not exist in this cluster`
  const of = standby.tags[tags.standbyOf]
  if (of === undefined) return `${name} does not carry ${tags.standbyOf}`
  if (of !== primary) return `${name} carries ${tags.standbyOf}=${of}, not ${primary}`
  return isPrimary(standby.tags) ? `${name} is a primary: it carries ${tags.standbys}` : undefined
}

/** Why a service can be no primary, or names none. */
function ownRefusalOf({ name, tags: found }: ServiceState): string | undefined {
  const of = found[tags.standbyOf]
  if (of === undefined) return undefined
  if (isPrimary(found)) return `${name} carries both ${tags.standbys} and ${tags.standbyOf}`
  if (of !== name && isServiceName(of)) return undefined
  return `${name} carries ${tags.standbyOf}=${of}, which cannot be its primary`
}

/**
 * What a standby has in other values than its primary, and what does not follow it. Settings that one of them lacks
 * differ by their capacity: a platform version exists on Fargate alone.
 */
export function differencesOf(primary: ServiceState, standbys: readonly ServiceState[]): string[] {
  return standbys.flatMap((standby) =>
    Object.entries(primary.unfollowed).flatMap(([setting, value]) => {
      const other = standby.unfollowed[setting]
      if (other === undefined || other === value) return []
      return [`${standby.name} has ${setting} ${other}, and ${primary.name} has ${value}`]
    }),
  )
}

/** A strategy or a launch type that Spot has no part in, so that there is nothing to cover. */
export function onDemandOnly(
  { name, providers, launchType }: ServiceState,
  spotProviders: ReadonlySet<string>,
): string[] {
  if (launchType !== undefined) return [`${name} has launch type ${launchType}, which is not Spot`]
  if (providers.length === 0 || providers.some((provider) => spotProviders.has(provider))) return []
  return [`${name} has no Spot provider in its strategy: ${providers.join(', ')}`]
}

/** Text for a notification: what was found, and what to do. */
export function detailOf(found: readonly string[], advice: string): string {
  const more = found.length > maxListed ? [`and ${found.length - maxListed} more`] : []
  return `${[...found.slice(0, maxListed), ...more].join('; ')}. ${advice}`
}
