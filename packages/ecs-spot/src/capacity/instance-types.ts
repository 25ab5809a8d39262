/**
 * Graviton: 10 to 20 percent cheaper than x86 on EC2 and on Fargate. All tasks and images use it, so a task can run on
 * any of the four providers.
 */
export const cpuArchitecture = 'ARM64'

/**
 * In order of preference: AWS uses the next type when one has no capacity, as many customers replace lost Spot
 * capacity at the same time. Similar in size, for the same reason as the Spot types.
 */
export const onDemandTypes = [
  'm7g.large',
  'm8g.large',
  'm6g.large',
  'm7gd.large',
  'r7g.large',
  'r6g.large',
]

/**
 * 2 or 4 virtual CPUs with 8 or 16 GB: similar in size, because ECS assumes the largest type when it scales for
 * pending tasks. Many types, because each type in each zone is a separate capacity pool.
 */
export const spotTypes = [
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
]
