import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import type { Construct } from 'constructs'
import { contextOf } from './deployment-context'

export interface LogGroupProps {
  readonly name: string
  readonly keyArn: string
  /** Keeps the events for longer than the environment keeps logs. @default as long as the environment does */
  readonly minRetentionDays?: number
}

/**
 * An encrypted log group that keeps its events at least as long as the environment keeps logs. CloudWatch Logs must be
 * allowed to use the key in the region of the group.
 */
export function logGroup(
  scope: Construct,
  id: string,
  { name, keyArn: kmsKeyId, minRetentionDays = 0 }: LogGroupProps,
) {
  const { logRetentionDays } = contextOf(scope)
  const retentionInDays = Math.max(logRetentionDays, minRetentionDays)
  return new CloudwatchLogGroup(scope, id, { name, retentionInDays, kmsKeyId })
}
