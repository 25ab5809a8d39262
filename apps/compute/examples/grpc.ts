import type { ServiceDefinition } from '../src/service'

/** A gRPC service for other services: by Service Connect, which reaches no standby, or `prices.internal.<domain>`. */
export const service: ServiceDefinition = {
  runs: 'always',
  owner: 'prices-team',
  tasks: { min: 2, max: 10 },
  cpu: 512,
  memoryMiB: 1024,
  image: {
    from: 'public.ecr.aws/example-org/prices',
    digest: 'sha256:9b2cf535f27731c974343645a3985328d1d6a0b2e1f7f1d7a2f3b9f1c5d0e4a7',
  },
  port: 50_051,
  capacity: [{ on: 'fargate', weight: 1 }],
  standbys: [],
  connect: { serves: 'grpc' },
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 150 },
  traffic: {
    from: 'internal',
    hosts: ['prices', 'grpc'],
    paths: ['/prices.v1.Prices/*'],
    priority: 230,
    requestsPerTask: 3000,
    protocol: 'grpc',
    // The health service of gRPC; 12 is UNIMPLEMENTED.
    healthCheck: {
      codes: '0,12',
      intervalSeconds: 15,
      timeoutSeconds: 4,
      healthyThreshold: 3,
      unhealthyThreshold: 4,
    },
    rules: [
      {
        priority: 231,
        hosts: ['prices'],
        headers: { 'x-tenant': ['north', 'south'] },
        query: { version: ['2'] },
      },
    ],
  },
  uses: ['cache'],
  scaling: {
    metrics: {
      streams: {
        namespace: 'Prices',
        name: 'OpenStreams',
        dimensions: { Region: 'all' },
        statistic: 'Sum',
        target: 500,
        per: 'task',
      },
    },
  },
}
