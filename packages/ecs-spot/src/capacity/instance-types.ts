/**
 * Graviton: 10 to 20 percent cheaper than x86 on EC2 and on Fargate. All tasks and images use it, so a task can run on
 * any of the four providers.
 */
export const cpuArchitecture = 'ARM64'

/** As ECS names it. */
export type CpuArchitecture = 'ARM64' | 'X86_64'

/**
 * In order of preference: AWS uses the next type when one has no capacity, as many customers replace lost Spot
 * capacity at the same time. Similar in size, for the same reason as the Spot types.
 */
export const onDemandTypes = {
  ARM64: ['m7g.large', 'm8g.large', 'm6g.large', 'm7gd.large', 'r7g.large', 'r6g.large'],
  X86_64: ['m7a.large', 'm7i.large', 'm6a.large', 'm6i.large', 'r7i.large', 'r6i.large'],
} as const satisfies Record<CpuArchitecture, readonly string[]>

/**
 * 2 or 4 virtual CPUs with 8 or 16 GB: similar in size, because ECS assumes the largest type when it scales for
 * pending tasks. Many types, because each type in each zone is a separate capacity pool.
 */
export const spotTypes = {
  ARM64: [
    'm6g.large',
    'm6gd.large',
    'm7g.large',
    'm7gd.large',
    'm8g.large',
    'r6g.large',
    'r6gd.large',
    'r7g.large',
    'r7gd.large',
    'r8g.large',
    'c6g.xlarge',
    'c6gd.xlarge',
    'c6gn.xlarge',
    'c7g.xlarge',
    'c7gd.xlarge',
    'c7gn.xlarge',
    'c8g.xlarge',
  ],
  X86_64: [
    'm5.large',
    'm5a.large',
    'm5d.large',
    'm5n.large',
    'm6a.large',
    'm6i.large',
    'm6id.large',
    'm7a.large',
    'm7i.large',
    'r5.large',
    'r5a.large',
    'r6a.large',
    'r6i.large',
    'r7i.large',
    'c5.xlarge',
    'c5a.xlarge',
    'c6a.xlarge',
    'c6i.xlarge',
    'c7i.xlarge',
  ],
} as const satisfies Record<CpuArchitecture, readonly string[]>

/** Whether an instance type can run an image: types on Graviton have a "g" after their generation. */
export function runs(architecture: CpuArchitecture, instanceType: string): boolean {
  const isGraviton = /^(a1|[a-z]+\d+g[a-z]*)\./.test(instanceType)
  return isGraviton === (architecture === 'ARM64')
}
