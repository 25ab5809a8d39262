import type { ServiceDefinition } from '../src/service'

/** A frontend that renders pages, and whose assets the CDN serves: each release first uploads its own. */
export const service: ServiceDefinition = {
  runs: 'always',
  owner: 'shop-team',
  tasks: { min: 2, max: 12 },
  cpu: 1024,
  memoryMiB: 2048,
  image: { from: 'ghcr.io/example-org/shop', tag: '1.4.2', credentials: 'registries/ghcr' },
  architecture: 'x86-64',
  entryPoint: ['/usr/bin/tini', '--'],
  command: ['node', 'server.js'],
  port: 3000,
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 2 },
  ],
  standbys: ['fargate'],
  atNotice: 'serve-until-drained',
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
  connect: { calls: ['grpc'] },
  // The CDN serves /assets/* from the bucket. Earlier assets stay, for pages that browsers still show.
  beforeRelease: { command: ['node', 'upload-assets.js'], timeoutMinutes: 5 },
  uses: [{ stack: 'data', bucket: 'assets', access: 'write' }, 'internal-alb'],
  environment: { ASSETS_PATH: '/assets/' },
  temporaryFolders: [{ path: '/app/.cache' }, { path: '/tmp', memoryMiB: 64 }],
  traffic: {
    from: 'external',
    // Below the domain of the environment. The CDN gives hosts of services a distribution of their own.
    hosts: ['shop'],
    priority: 220,
    requestsPerTask: 600,
    stickiness: { seconds: 3600, cookie: 'SHOP_SESSION' },
    slowStartSeconds: 30,
  },
  scaling: {
    cpuPercent: 50,
    memoryPercent: 'off',
    schedule: {
      day: { at: 'cron(0 7 ? * MON-FRI *)', timeZone: 'Europe/Berlin', min: 4 },
      night: { at: 'cron(0 21 * * ? *)', timeZone: 'Europe/Berlin', min: 2, max: 6 },
    },
    scaleOutSeconds: 60,
    scaleInSeconds: 600,
  },
}
