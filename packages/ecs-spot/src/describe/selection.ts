import type { CapacityProvider } from '@aws-sdk/client-ecs'

export interface Selection {
  readonly cluster: string
  /** Names of services. @default all services of the cluster */
  readonly services?: readonly string[]
  /** Only services with this tag. */
  readonly tag?: { readonly key: string; readonly value: string }
  /** Capacity providers whose Auto Scaling groups are on Spot. `FARGATE_SPOT` is known to be. */
  readonly spotProviders?: readonly string[]
  /** The capacity provider of all standbys. @default `FARGATE`, or another one of the service's strategy */
  readonly standbyProvider?: string
  /** ARNs of target groups that the releases of a service move its tasks to, by its name. */
  readonly targetGroups?: Readonly<Record<string, readonly string[]>>
}

/** What is known of the cluster when a service is judged. */
export interface Surroundings {
  readonly selection: Selection
  readonly providers: ReadonlyMap<string, CapacityProvider>
  /** Names of the standbys of each primary that carry the tag, except those that `SpotFailover` has created. */
  readonly standbys: ReadonlyMap<string, readonly string[]>
}
