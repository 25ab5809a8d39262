import type { ServiceDefinition } from '../src/service'

// What must not compile. The type check fails where one of these lines does.

const common = {
  runs: 'always',
  tasks: { least: 1, most: 2 },
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  uses: [],
  standbys: ['fargate'],
} as const
const rolling = { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 } as const
const traffic = { from: 'internal', priority: 1, requestsPerTask: 1 } as const
const fargate = [{ on: 'fargate-spot', weight: 1 }] as const
const ec2 = [{ on: 'ec2-spot', weight: 1 }] as const

export const right: readonly ServiceDefinition[] = [
  { ...common, capacity: fargate, release: rolling },
  { ...common, capacity: ec2, release: rolling },
  { ...common, capacity: fargate, release: { kind: 'blue-green' }, traffic },
]

// @ts-expect-error Fargate and EC2 in one strategy
export const mixed: ServiceDefinition = {
  ...common,
  capacity: [...fargate, ...ec2],
  release: rolling,
}

// @ts-expect-error blue/green on EC2
export const onGroup: ServiceDefinition = {
  ...common,
  capacity: ec2,
  release: { kind: 'blue-green' },
  traffic,
}

// @ts-expect-error blue/green without traffic to move
export const still: ServiceDefinition = {
  ...common,
  capacity: fargate,
  release: { kind: 'blue-green' },
}

// @ts-expect-error a standby on Spot
export const doomed: ServiceDefinition = {
  ...common,
  capacity: fargate,
  release: rolling,
  standbys: ['fargate-spot'],
}

// @ts-expect-error CPU that Fargate does not sell
export const odd: ServiceDefinition = { ...common, capacity: fargate, release: rolling, cpu: 300 }

// @ts-expect-error a kind of capacity that is none
export const unknown: ServiceDefinition = {
  ...common,
  capacity: [{ on: 'spot', weight: 1 }],
  release: rolling,
}

// @ts-expect-error something that nobody has
export const uses: ServiceDefinition = {
  ...common,
  capacity: fargate,
  release: rolling,
  uses: ['mainframe'],
}
