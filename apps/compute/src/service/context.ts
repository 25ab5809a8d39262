import type { ContractValues } from '@tideway/constructs'
import type { SpotCapacity } from '@tideway/ecs-spot'
import type { Cluster } from '../cluster'
import type { Discovery } from '../discovery'
import type { ExternalAlb, InternalAlb } from '../load-balancers'
import type { Repository } from '../registry'
import type { WorkQueue } from '../work-queue'
import type { ServiceResources } from './own-resources'

/** The shared resources that services use. */
export interface ServiceContext {
  readonly vpcId: string
  /** Private subnets, one per zone. */
  readonly subnetIds: string[]
  readonly cluster: Cluster
  readonly capacity: SpotCapacity
  readonly externalAlb: ExternalAlb
  readonly internalAlb: InternalAlb
  readonly discovery: Discovery
  readonly repositories: Readonly<Record<string, Repository>>
  readonly workQueue: WorkQueue
  readonly resources: ServiceResources
  readonly logKeyArn: string
  readonly secretsKeyArn: string
  readonly alarmTopicArn: string
  /** Of services that also use Spot instances. */
  readonly onDemandShare: 'on' | 'off'
  readonly data: ContractValues<'data'>
}

export interface ServiceProps<Definition> {
  readonly name: string
  readonly definition: Definition
  readonly context: ServiceContext
}
