import leftOut from './left-out.json'

/** An accepted violation. */
export interface Accepted {
  readonly control: string
  /** The paths of the resources, as in a finding. `*` is any part of a path, for what a platform may not have. */
  readonly resources: readonly string[]
  readonly reason: string
  /** The date of the last review, as YYYY-MM-DD. */
  readonly since: string
}

export interface Exceptions {
  /** Why the platform has no resources for a control, by control. */
  readonly notApplicable: Readonly<Record<string, string>>
  readonly accepted: readonly Accepted[]
}

const platform: Exceptions = {
  notApplicable: {
    'FSBP RDS.43':
      'there is no database proxy: services keep few connections, and Aurora accepts thousands',
    'AWS-0067':
      'functions poll their queues with their own roles, so no other principal needs to invoke them',
  },
  accepted: [
    {
      control: 'CKV_AWS_145',
      resources: ['data/logs/bucket/bucket', 'bootstrap/state/log/bucket'],
      reason:
        'load balancers and S3 cannot deliver logs to a bucket with a customer managed key: these two use the key of S3',
      since: '2026-11-21',
    },
    {
      control: 'CKV_AWS_115',
      resources: [
        'compute/failover/drain/function',
        'compute/failover/reconcile/function',
        'compute/services/*/before-release/function',
      ],
      reason:
        'a new account has a quota of ten, of which nothing can be reserved. Set failover.reserveConcurrency to on once it is higher: decision 10. A command before a release waits when it is throttled: its caller repeats the call',
      since: '2026-11-21',
    },
    {
      control: 'CKV2_AWS_57',
      resources: ['data/app-secret/secret', 'compute/external-alb/origin-secret/secret'],
      reason:
        'the first is for programs that cannot use IAM authentication, which needs no secret; rotation needs a function with access to the database. The second changes by a setting in two deploys, compute and then the CDN: automatic rotation would block the CDN',
      since: '2026-11-21',
    },
  ],
}

/** With what follows from the parts that an organization leaves out, which `npm run init -- --without` writes. */
export const exceptions: Exceptions = {
  notApplicable: { ...platform.notApplicable, ...leftOut.notApplicable },
  accepted: [...platform.accepted, ...leftOut.accepted],
}
