import type { ServiceDefinition } from '../service'

export const service: ServiceDefinition = {
  runs: 'always',
  tasks: { min: 2, max: 40 },
  cpu: 1024,
  memoryMiB: 2048,
  image: 'example',
  capacity: [
    { on: 'ec2', base: 1, weight: 1 },
    { on: 'ec2-spot', weight: 3 },
  ],
  // Fargate needs no instances, so it is used when on-demand instances are short too.
  standbys: ['ec2', 'fargate'],
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
  traffic: { from: 'internal', priority: 100, requestsPerTask: 500 },
  backlogPerTask: 10,
  uses: ['database', 'cache', 'work-queue'],
}
