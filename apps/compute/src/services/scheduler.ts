import type { ServiceDefinition } from '../service'

export const service: ServiceDefinition = {
  runs: 'cron(0/15 * * * ? *)',
  tasks: 1,
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  uses: ['database', 'work-queue'],
}
