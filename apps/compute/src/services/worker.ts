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
  // A task on Fargate serves within the notice and costs nothing once it ends. An instance takes longer to launch, and stays
  // for 15 minutes, so instances are used when Fargate is short too.
  standbys: ['fargate', 'ec2'],
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
  traffic: { from: 'internal', priority: 100, requestsPerTask: 500 },
  backlogPerTask: 10,
  uses: ['database', 'cache', 'work-queue'],
}
