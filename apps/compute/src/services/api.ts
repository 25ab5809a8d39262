import type { ServiceDefinition } from '../service'

export const service: ServiceDefinition = {
  runs: 'always',
  tasks: { min: 3, max: 30 },
  cpu: 512,
  memoryMiB: 1024,
  image: 'example',
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 3 },
  ],
  standbys: ['fargate'],
  // The example does, with the stopTimeout of 120 seconds that every task has.
  atNotice: 'serve-until-drained',
  release: { kind: 'blue-green' },
  traffic: { from: 'external', paths: ['/*'], priority: 1000, requestsPerTask: 1000 },
  uses: ['database', 'cache', 'internal-alb'],
}
