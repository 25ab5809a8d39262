interface StackFacts {
  /** The stacks whose contract this one may read; each of them is deployed before it. */
  readonly reads: readonly string[]
  /** The team in CODEOWNERS and in the `owner` tag. */
  readonly owner: string
  readonly description: string
}

/**
 * The stacks, in the order of their deployment. This table decides what `read` lets a stack read,
 * which states a CI role may open, and the order of deploys: nothing else repeats it unchecked.
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
} as const satisfies Record<string, StackFacts>

export type StackName = keyof typeof stacks

/** The stacks that `Name` has declared it reads. */
export type ReadsOf<Name> = Name extends StackName ? (typeof stacks)[Name]['reads'][number] : never

export const stackNames = Object.keys(stacks) as StackName[]
