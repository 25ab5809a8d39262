import type { ServiceDefinition } from '../src/service'

// Each marked line must not compile: the type check fails if one does.

const common = {
  runs: 'always',
  tasks: { min: 1, max: 2 },
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  uses: [],
  standbys: ['fargate'],
} as const
const rolling = { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 } as const
const blueGreen = { kind: 'blue-green' } as const
const traffic = { from: 'internal', priority: 1, requestsPerTask: 1 } as const
const fargate = [{ on: 'fargate-spot', weight: 1 }] as const
const ec2 = [{ on: 'ec2-spot', weight: 1 }] as const
const both = [...fargate, ...ec2] as const
const unknownKind = [{ on: 'spot', weight: 1 }] as const
const onSpot = ['fargate-spot'] as const
const unknownUse = ['mainframe'] as const
const onRolling = { ...common, capacity: fargate, release: rolling }

export const valid: readonly ServiceDefinition[] = [
  onRolling,
  { ...onRolling, capacity: ec2 },
  { ...onRolling, release: blueGreen, traffic },
]

export const invalid: readonly ServiceDefinition[] = [
  // @ts-expect-error Fargate and EC2 in one strategy
  { ...onRolling, capacity: both },
  // @ts-expect-error an unknown kind of capacity
  { ...onRolling, capacity: unknownKind },
  // @ts-expect-error blue/green on EC2
  { ...onRolling, capacity: ec2, release: blueGreen, traffic },
  // @ts-expect-error blue/green without traffic to move
  { ...onRolling, release: blueGreen },
  // @ts-expect-error a standby on Spot
  { ...onRolling, standbys: onSpot },
  // @ts-expect-error a CPU size that Fargate does not have
  { ...onRolling, cpu: 300 },
  // @ts-expect-error an unknown dependency
  { ...onRolling, uses: unknownUse },
]
