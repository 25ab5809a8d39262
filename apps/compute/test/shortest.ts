import type { RollingDefinition, ScheduledTaskDefinition } from '../src/definition'

/** The shortest entry of a service: every other field has a default. */
export const service: RollingDefinition = {
  runs: 'always',
  tasks: { min: 2, max: 6 },
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  capacity: [{ on: 'fargate-spot', weight: 1 }],
  standbys: ['fargate'],
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
  uses: [],
}

/** The shortest entry of a scheduled task. */
export const task: ScheduledTaskDefinition = {
  runs: 'rate(15 minutes)',
  tasks: 1,
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  uses: [],
}
