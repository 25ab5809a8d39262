import type { Capacity } from '../capacity'
import type { Cluster } from '../cluster'
import type { Discovery } from '../discovery'
import type { ExternalAlb, InternalAlb } from '../load-balancers'
import type { Repository } from '../registry'
import type { WorkQueue } from '../work-queue'

/** What every service stands on. */
export interface ServiceContext {
  readonly vpcId: string
  /** Private, one a zone. */
  readonly subnetIds: string[]
  readonly cluster: Cluster
  readonly capacity: Capacity
  readonly externalAlb: ExternalAlb
  readonly internalAlb: InternalAlb
  readonly discovery: Discovery
  readonly repositories: Readonly<Record<string, Repository>>
  readonly workQueue: WorkQueue
  readonly logKeyArn: string
  readonly secretsKeyArn: string
  readonly alarmTopicArn: string
  readonly data: DataAccess
}

/** Of the contract of the data stack, what tasks use. */
export interface DataAccess {
  readonly database_app_secret_arn: string
  readonly database_key_arn: string
  readonly database_client_security_group_id: string
  readonly database_reader_endpoint: string
  readonly cache_endpoint: string
  readonly cache_port: number
  readonly cache_arn: string
  readonly cache_user_arn: string
  readonly cache_user_name: string
  readonly cache_client_security_group_id: string
}
