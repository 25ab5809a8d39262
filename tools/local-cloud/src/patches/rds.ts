import {
  type AwsRequest,
  type AwsResponse,
  type Backend,
  formInput,
  withBody,
} from '../gateway/aws-request'
import { isSuccess, rewritten, text } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import type { ManagedSecrets } from './managed-secrets'

/** What moto drops of an instance. */
const dropped = [
  'MonitoringInterval',
  'MonitoringRoleArn',
  'EnablePerformanceInsights',
  'PerformanceInsightsKMSKeyId',
  'PerformanceInsightsRetentionPeriod',
] as const

/**
 * RDS. moto drops monitoring and Performance Insights of an instance, and answers scaling of Serverless v1 for every
 * cluster; and keeps a backup when its cluster has gone. Can go when an Aurora cluster with monitored instances settles,
 * and leaves nothing.
 */
export class Rds implements MotoPatch {
  readonly service = 'rds'
  private readonly instances = new Map<string, Map<string, string>>()

  constructor(private readonly secrets: ManagedSecrets) {}

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const answer = await backend(request)
    if (!isSuccess(answer)) return answer
    const { operation } = request
    if (operation === 'DeleteDBCluster') await removeSnapshots(request, backend)
    if (operation === 'CreateDBInstance' || operation === 'ModifyDBInstance') this.keep(request)
    if (operation.includes('DBInstance')) {
      return rewritten(answer, (body) =>
        body.replace(/<DBInstance>[\s\S]*?<\/DBInstance>/g, (instance) => this.restored(instance)),
      )
    }
    return rewritten(answer, (body) =>
      this.secrets
        .ofClusters(body)
        .replace(
          /<ScalingConfigurationInfo ?\/>|<ScalingConfigurationInfo>[\s\S]*?<\/ScalingConfigurationInfo>/g,
          '',
        ),
    )
  }

  private keep(request: AwsRequest): void {
    const input = formInput(request)
    const id = input.get('DBInstanceIdentifier') ?? ''
    const kept = this.instances.get(id) ?? new Map<string, string>()
    this.instances.set(id, kept)
    for (const name of dropped) {
      const value = input.get(name)
      if (value !== null) kept.set(answeredAs(name), value)
    }
  }

  private restored(instance: string): string {
    const id = /<DBInstanceIdentifier>([^<]*)</.exec(instance)?.[1] ?? ''
    let restored = instance
    for (const [name, value] of this.instances.get(id) ?? []) {
      const element = `<${name}>${text(value)}</${name}>`
      restored = restored
        .replace(new RegExp(`<${name}>[^<]*</${name}>|<${name} ?/>`), '')
        .replace('</DBInstance>', `${element}</DBInstance>`)
    }
    return restored
  }
}

function answeredAs(name: string): string {
  return name === 'EnablePerformanceInsights' ? 'PerformanceInsightsEnabled' : name
}

/** The backups that RDS makes by itself go with their cluster; moto keeps the first of them. */
async function removeSnapshots(request: AwsRequest, backend: Backend): Promise<void> {
  const DBClusterIdentifier = formInput(request).get('DBClusterIdentifier') ?? ''
  const call = (operation: string, input: Readonly<Record<string, string>>) => {
    const form = new URLSearchParams({ Action: operation, Version: '2014-10-31', ...input })
    return backend({ ...withBody(request, form.toString()), operation })
  }
  const { body } = await call('DescribeDBClusterSnapshots', { DBClusterIdentifier })
  const ids = body.toString().matchAll(/<DBClusterSnapshotIdentifier>(rds:[^<]*)</g)
  for (const [, DBClusterSnapshotIdentifier = ''] of ids) {
    await call('DeleteDBClusterSnapshot', { DBClusterSnapshotIdentifier })
  }
}
