import type { ServiceDefinition } from '../src/service'

/** A worker that scales on the backlog of its own queue, whose dead letters set off an alarm. */
export const service: ServiceDefinition = {
  runs: 'always',
  owner: 'orders-team',
  alarmEmails: ['orders@tideway.example'],
  costCentre: 'orders',
  tasks: { min: 1, max: 20 },
  cpu: 512,
  memoryMiB: 1024,
  image: { tag: '3.1.0' },
  command: ['worker'],
  ephemeralStorageGiB: 30,
  temporaryFolders: [{ path: '/work' }],
  // It deletes a message at its end, so an interruption only repeats work.
  capacity: [{ on: 'fargate-spot', weight: 1 }],
  standbys: ['fargate'],
  maxCoverDollarsPerHour: 2.5,
  prefer: 'cost',
  release: { kind: 'rolling', minHealthyPercent: 50, maxPercent: 200 },
  featureFlags: 'off',
  log: { bufferMiB: 25 },
  queues: {
    invoices: {
      subscribesTo: [{ service: 'web-api', topic: 'orders' }],
      visibilitySeconds: 300,
      maxReceives: 3,
      retentionDays: 7,
      backlogPerTask: 50,
    },
  },
  tables: {
    receipts: {
      partitionKey: 'order',
      sortKey: { name: 'issued', type: 'number' },
      expiresAt: 'expires',
      indexes: { 'by-customer': { partitionKey: 'customer', sortKey: 'order' } },
    },
  },
  buckets: { documents: { noncurrentDays: 90 } },
  uses: [],
  permissions: [
    {
      actions: ['ses:SendEmail'],
      resources: ['arn:aws:ses:{region}:{account}:identity/tideway.example'],
      conditions: { StringEquals: { 'ses:FromAddress': 'invoices@tideway.example' } },
    },
  ],
}
