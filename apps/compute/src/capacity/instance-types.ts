/**
 * Graviton: a tenth to a fifth cheaper than x86 on EC2 and on Fargate alike. Task definitions name it, so
 * that a task runs on each of the four providers, and images are built for it.
 */
export const cpuArchitecture = 'ARM64'

/**
 * In this order, and the next only where AWS has no more of one: whoever lost Spot wants the same on demand, all at
 * once. Like in size, for the reason below.
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
 * 2 or 4 virtual CPUs with 8 or 16 GB: like in size, because ECS reckons with the largest when it decides how
 * many instances the waiting tasks need. Many, because one type in one zone runs dry as a whole.
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
