import type { ServiceDefinition } from '../src/service'

/** A service whose tasks have a log router and an agent, and that migrates its database before a release. */
export const service: ServiceDefinition = {
  runs: 'always',
  owner: 'search-team',
  tasks: { min: 2, max: 8 },
  cpu: 1024,
  memoryMiB: 2048,
  image: { tag: '0.9.1' },
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 1 },
  ],
  standbys: ['fargate'],
  atNotice: 'serve-until-drained',
  release: { kind: 'blue-green' },
  beforeRelease: { command: ['migrate', 'up'] },
  traffic: { from: 'internal', hosts: ['search'], priority: 240, requestsPerTask: 500 },
  uses: ['database'],
  environment: { STATSD: '127.0.0.1:8125' },
  sidecars: {
    logs: {
      image: { from: 'public.ecr.aws/aws-observability/aws-for-fluent-bit', tag: '2.32.4' },
      memoryMiB: 128,
      logRouter: {
        options: { Name: 'http', Host: 'logs.tideway.example', Port: '443', TLS: 'On' },
        secretOptions: { HTTP_Passwd: { secret: 'logs/ingest', key: 'password' } },
      },
    },
    agent: {
      image: { from: 'public.ecr.aws/cloudwatch-agent/cloudwatch-agent', tag: '1.300057.1b1167' },
      cpu: 64,
      memoryMiB: 192,
      essential: false,
      port: 8125,
      environment: { METRICS_INTERVAL: '60' },
      healthCheck: ['/opt/healthy'],
      startsAfter: { logs: 'started', templates: 'succeeded' },
      appStartsAfter: 'healthy',
    },
    templates: {
      image: { tag: 'templates-0.9.1' },
      command: ['render', '/templates'],
      temporaryFolders: [{ path: '/templates' }],
      stopSeconds: 10,
    },
  },
}
