import type { ServiceDefinition } from './service'

/**
 * The services of the platform. Each entry creates all resources of its service. Add yours here, with a name that
 * you can keep: it is a part of the names of all its resources.
 */
export const services: Readonly<Record<string, ServiceDefinition>> = {
  api: {
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
  },
  worker: {
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
  },
  scheduler: {
    runs: 'cron(0/15 * * * ? *)',
    tasks: 1,
    cpu: 256,
    memoryMiB: 512,
    image: 'example',
    uses: ['database', 'work-queue'],
  },
}
