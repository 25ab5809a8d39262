import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import type { Construct } from 'constructs'
import { tidewayStackOf } from './tideway-stack'

export interface LogGroupProps {
  readonly name: string
  /** A key that CloudWatch Logs may use in the region of the group. */
  readonly keyArn: string
}

/** An encrypted log group that keeps its events as long as the environment keeps logs. */
export function logGroup(scope: Construct, id: string, { name, keyArn }: LogGroupProps) {
  const { logRetentionDays } = tidewayStackOf(scope).environment
  return new CloudwatchLogGroup(scope, id, {
    name,
    retentionInDays: logRetentionDays,
    kmsKeyId: keyArn,
  })
}
