import {
  type AwsRequest,
  type AwsResponse,
  type Backend,
  formInput,
  queryRequest,
} from '../gateway/aws-request'
import { editXml, isSuccess, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed, readXml, textsNamed } from '../gateway/xml'
import type { ManagedSecrets } from './managed-secrets'

/** Parameters of an instance that moto drops, with the names that they have in a response. */
const droppedParameters = {
  MonitoringInterval: 'MonitoringInterval',
  MonitoringRoleArn: 'MonitoringRoleArn',
  EnablePerformanceInsights: 'PerformanceInsightsEnabled',
  PerformanceInsightsKMSKeyId: 'PerformanceInsightsKMSKeyId',
  PerformanceInsightsRetentionPeriod: 'PerformanceInsightsRetentionPeriod',
}

/**
 * RDS. moto drops monitoring and Performance Insights of an instance, reports Serverless v1 scaling for every cluster,
 * and keeps an automated snapshot of a deleted cluster. Remove it when a second plan of an Aurora cluster with monitored
 * instances is empty, and a destroy deletes everything.
 */
export class Rds implements MotoPatch {
  readonly service = 'rds'
  private readonly instances = new Map<string, Readonly<Record<string, string>>>()

  constructor(private readonly secrets: ManagedSecrets) {}

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const { operation } = request
    const response = await backend(request)
    if (!isSuccess(response) || !/DB(Instance|Cluster)s?$/.test(operation)) return response
    if (operation === 'DeleteDBCluster') await deleteSnapshots(request, backend)
    if (/^(Create|Modify)DBInstance$/.test(operation)) this.store(formInput(request))
    const edited = editXml(response, (document) => {
      for (const instance of elementsNamed(document, 'DBInstance')) {
        Object.assign(instance, this.instances.get(String(instance.DBInstanceIdentifier)))
      }
      for (const cluster of elementsNamed(document, 'DBCluster')) {
        delete cluster.ScalingConfigurationInfo
        this.secrets.register(cluster)
      }
    })
    return replaceText(edited, (body) => this.secrets.withStableNames(body))
  }

  private store(input: URLSearchParams): void {
    const id = input.get('DBInstanceIdentifier') ?? ''
    const given = Object.entries(droppedParameters).flatMap(([parameter, name]) => {
      const value = input.get(parameter)
      return value === null ? [] : [[name, value] as const]
    })
    this.instances.set(id, { ...this.instances.get(id), ...Object.fromEntries(given) })
  }
}

/** Deletes the automated snapshots of a cluster, as RDS does. */
async function deleteSnapshots(request: AwsRequest, backend: Backend): Promise<void> {
  const DBClusterIdentifier = formInput(request).get('DBClusterIdentifier') ?? ''
  const list = queryRequest(request, 'DescribeDBClusterSnapshots', { DBClusterIdentifier })
  const { body } = await backend(list)
  const ids = textsNamed(readXml(body), 'DBClusterSnapshotIdentifier')
  for (const id of ids.filter((each) => each.startsWith('rds:'))) {
    const input = { DBClusterSnapshotIdentifier: id }
    await backend(queryRequest(request, 'DeleteDBClusterSnapshot', input))
  }
}
