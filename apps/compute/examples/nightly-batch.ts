import type { ServiceDefinition } from '../src/service'

/** A nightly export that runs on Spot, and on demand when Spot is short or a run fails. */
export const service: ServiceDefinition = {
  runs: 'cron(30 2 * * ? *)',
  timeZone: 'Europe/Berlin',
  owner: 'reports-team',
  tasks: 2,
  cpu: 2048,
  memoryMiB: 4096,
  image: { tag: '5.0.3' },
  command: ['export', '--all'],
  timeoutMinutes: 240,
  retries: 2,
  stopSeconds: 60,
  ephemeralStorageGiB: 100,
  temporaryFolders: [{ path: '/data' }],
  environment: { EXPORT_FORMAT: 'parquet' },
  buckets: { exports: { expireDays: 90 } },
  uses: [
    'database',
    { service: 'queue-worker', table: 'receipts', access: 'read' },
    { service: 'queue-worker', bucket: 'documents', access: 'read' },
  ],
}
