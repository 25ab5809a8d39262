interface StackDeclaration {
  /** The stacks whose contract this one may read. They are deployed first. */
  readonly reads: readonly string[]
  /** The team in CODEOWNERS and in the `owner` tag. */
  readonly owner: string
  readonly description: string
}

/**
 * The stacks in deployment order. This table decides which contracts a stack can `read`, which states a CI role
 * can open, and the order of deploys. Tests check every copy of it.
 */
export const stacks = {
  network: {
    reads: [],
    owner: 'network-team',
    description: 'VPC, subnets, NAT, endpoints, flow logs, hosted zones',
  },
  data: {
    reads: ['network'],
    owner: 'data-team',
    description: 'Aurora, cache, buckets and the secrets that go with them',
  },
  compute: {
    reads: ['network', 'data'],
    owner: 'compute-team',
    description:
      'ECS cluster on four kinds of capacity, services and their standbys, failover controller, load balancers, fleets',
  },
  edge: {
    reads: ['network', 'data', 'compute'],
    owner: 'edge-team',
    description: 'CloudFront, web firewall, certificate, public DNS records, health check',
  },
} as const satisfies Record<string, StackDeclaration>

export type StackName = keyof typeof stacks

/** The stacks that `Name` declares in `reads`. */
export type ReadsOf<Name> = Name extends StackName ? (typeof stacks)[Name]['reads'][number] : never

export const stackNames = Object.keys(stacks) as StackName[]
