export const pricesOf = { region: 'us-east-1', date: '2026-11-21' } as const

/** List prices of Fargate in US dollars per hour: of a virtual CPU, and of a GB of memory. */
const fargate = {
  X86_64: { cpu: 0.04048, memory: 0.004445 },
  ARM64: { cpu: 0.03238, memory: 0.00356 },
} as const

export interface TaskSize {
  /** CPU units: 1024 are one virtual CPU. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly architecture: keyof typeof fargate
}

/** The on-demand price of a task on Fargate, in US dollars per hour. */
export function fargateTaskPrice({ cpu, memoryMiB, architecture }: TaskSize): number {
  const price = fargate[architecture]
  return (cpu / 1024) * price.cpu + (memoryMiB / 1024) * price.memory
}
