import type { Checks } from '@tideway/constructs'

export interface ContainerFields {
  /**
   * CPU units (1024 are one virtual CPU), in one of the sizes of Fargate.
   *
   * @example cpu: 512, memoryMiB: 1024
   */
  readonly cpu: 256 | 512 | 1024 | 2048 | 4096 | 8192 | 16384
  /**
   * Memory of a task. Each CPU size of Fargate allows some sizes.
   *
   * @example memoryMiB: 1024
   */
  readonly memoryMiB: number
  /**
   * The tag of an image in the repository of the service, or `example` for a small program until there is one.
   *
   * @example image: { tag: '1.4.2' }
   */
  readonly image:
    | 'example'
    | {
        /** A tag always means the same image. */
        readonly tag: string
      }
}

/** The sizes of Fargate: the memory limits for each CPU size, and the step between. EC2 accepts the same. */
const sizes: Readonly<Record<number, readonly [min: number, max: number, step: number]>> = {
  256: [512, 2048, 1024],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16384, 1024],
  4096: [8192, 30720, 1024],
  8192: [16384, 61440, 4096],
  16384: [32768, 122880, 8192],
}

export function containerChecks({ cpu, memoryMiB }: ContainerFields): Checks<ContainerFields> {
  const fix = 'Choose the next larger one.'
  const size = sizes[cpu]
  if (size === undefined) {
    return { cpu: [[false, `be one of ${Object.keys(sizes).join(', ')}`, fix]] }
  }
  const [min, max, step] = size
  const isSize = memoryMiB >= min && memoryMiB <= max && memoryMiB % step === 0
  // The smallest size is half a step.
  const isSmallest = cpu === 256 && memoryMiB === 512
  const must = `be ${min} to ${max} in steps of ${step} for ${cpu} CPU units: Fargate has no other sizes`
  return { memoryMiB: [[isSize || isSmallest, must, fix]] }
}
