/** A control without resources to check, with the reason. */
export interface NotApplicable {
  readonly control: string
  readonly because: string
}

/** A known fault that is accepted. */
export interface Accepted {
  readonly control: string
  /** Paths of the resources, as in the findings. */
  readonly resources: readonly string[]
  readonly because: string
  /** The date of the last review, as year-month-day. */
  readonly since: string
}

export interface Exceptions {
  readonly notApplicable: readonly NotApplicable[]
  readonly accepted: readonly Accepted[]
}

export const exceptions: Exceptions = {
  notApplicable: [
    {
      control: 'FSBP RDS.43',
      because:
        'there is no database proxy: services use few connections, and Aurora supports thousands',
    },
    {
      control: 'AWS-0067',
      because: 'functions poll queues with their own roles, so they need no permission for callers',
    },
  ],
  accepted: [
    {
      control: 'CKV_AWS_145',
      resources: ['data/logs/bucket/bucket', 'bootstrap/state/log/bucket'],
      because:
        'load balancers and S3 cannot deliver logs to a bucket with a customer managed key: these two use the key of S3',
      since: '2026-11-21',
    },
    {
      control: 'CKV2_AWS_57',
      resources: ['data/app-secret/secret', 'compute/external-alb/origin-secret/secret'],
      because:
        'the first is for programs without IAM authentication, and rotation needs a function with access to the database. The second changes with two deploys, compute and then edge: automatic rotation would lock the CDN out',
      since: '2026-11-21',
    },
  ],
}
