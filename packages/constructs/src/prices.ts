export const pricesOf = { region: 'us-east-1', date: '2026-11-21' } as const

/** List prices of Fargate in US dollars per hour: of a virtual CPU, and of a GB of memory. */
const fargate = {
  X86_64: { cpu: 0.04048, memory: 0.004445 },
  ARM64: { cpu: 0.03238, memory: 0.00356 },
} as const satisfies Record<TaskSize['architecture'], object>

/**
 * The assumed discount of Spot. AWS promises up to 70 % and changes the prices of Fargate Spot: others have quoted
 * 0.01334053 a virtual CPU and 0.00146489 a GB on x86, which are 67 % less.
 */
export const spotDiscount = { fargate: 0.68, instances: 0.6 } as const

/** A GiB of disk above those that each task has. */
const fargateStorage = { hourly: 0.000111, freeGiB: 20 }

export interface TaskSize {
  /** CPU units: 1024 are one virtual CPU. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly architecture: 'ARM64' | 'X86_64'
  /** @default the disk that costs nothing */
  readonly ephemeralStorageGiB?: number
}

/** The on-demand price of a task on Fargate, in US dollars per hour. */
export function fargateTaskPrice({
  cpu,
  memoryMiB,
  architecture,
  ephemeralStorageGiB = fargateStorage.freeGiB,
}: TaskSize): number {
  const price = fargate[architecture]
  const paidGiB = Math.max(0, ephemeralStorageGiB - fargateStorage.freeGiB)
  return (
    (cpu / 1024) * price.cpu + (memoryMiB / 1024) * price.memory + paidGiB * fargateStorage.hourly
  )
}
