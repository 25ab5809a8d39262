import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import type { Construct } from 'constructs'
import { tidewayStackOf } from './tideway-stack'

/**
 * An encrypted log group that keeps its events as long as the environment keeps logs. CloudWatch Logs must be allowed
 * to use the key in the region of the group.
 */
export function logGroup(
  scope: Construct,
  id: string,
  { name, keyArn: kmsKeyId }: { readonly name: string; readonly keyArn: string },
) {
  const { logRetentionDays: retentionInDays } = tidewayStackOf(scope).environment
  return new CloudwatchLogGroup(scope, id, { name, retentionInDays, kmsKeyId })
}
