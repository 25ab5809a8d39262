/** A control that there is nothing for here, and cannot be. */
export interface NotApplicable {
  readonly control: string
  readonly because: string
}

/** A fault that is known, and stays. */
export interface Accepted {
  readonly control: string
  /** Paths of the resources, as a finding names them. */
  readonly resources: readonly string[]
  readonly because: string
  /** When it was last thought about, as year-month-day. */
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
        'there is no database proxy: services keep few connections, and Aurora takes thousands',
    },
    {
      control: 'AWS-0067',
      because: 'functions take their work from queues by their own roles, so nobody may call them',
    },
  ],
  accepted: [
    {
      control: 'CKV_AWS_145',
      resources: ['data/logs/bucket/bucket', 'bootstrap/state/log/bucket'],
      because:
        'load balancers and S3 deliver their logs to no bucket with a key of ours: these two have the key of S3',
      since: '2026-11-21',
    },
    {
      control: 'CKV2_AWS_57',
      resources: ['data/app-secret/secret', 'compute/external-alb/origin-secret/secret'],
      because:
        'the first is for programs that cannot log in by IAM, which needs no secret; a change of it needs a function that knows the database. The second changes in two deploys, compute and then edge, by a setting: changed by itself, it would lock the CDN out',
      since: '2026-11-21',
    },
  ],
}
