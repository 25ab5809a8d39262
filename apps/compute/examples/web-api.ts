import type { ServiceDefinition } from '../src/service'

/** A web API with a database: behind the CDN, released by CodeDeploy with a canary. */
export const service: ServiceDefinition = {
  runs: 'always',
  owner: 'orders-team',
  alarmEmails: ['orders@tideway.example'],
  costCentre: 'orders',
  tasks: { min: 2, max: 20 },
  cpu: 512,
  memoryMiB: 1024,
  image: { tag: '2.7.0' },
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 3 },
  ],
  standbys: ['fargate'],
  atNotice: 'serve-until-drained',
  prefer: 'availability',
  slowestRequestSeconds: 20,
  deregistrationSeconds: 45,
  release: { kind: 'blue-green' },
  traffic: {
    from: 'external',
    paths: ['/orders', '/orders/*'],
    methods: ['GET'],
    priority: 210,
    requestsPerTask: 800,
    // A listener rule has five values, of which the header of the CDN takes two.
    rules: [
      { priority: 211, paths: ['/orders'], methods: ['POST'] },
      { priority: 212, paths: ['/orders/*'], methods: ['PATCH', 'DELETE'] },
    ],
    healthCheck: { path: '/ready', graceSeconds: 120 },
  },
  environment: { LOG_LEVEL: 'info' },
  secrets: {
    PAYMENT_KEY: { secret: 'payments/provider', key: 'api' },
    TAX_REGION: { parameter: '/shared/tax-region' },
  },
  featureFlags: { newCheckout: false },
  log: { retentionDays: 731 },
  uses: [
    'database',
    'cache',
    'internal-alb',
    { service: 'queue-worker', table: 'receipts', access: 'read' },
  ],
  topics: { orders: {} },
}
