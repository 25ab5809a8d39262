/**
 * A service as AWS describes it, with everything that its standby needs: an item of the file that `ecs-spot describe`
 * writes. Lists are empty rather than absent. Words are of type string, so that an imported JSON file has this type.
 */
export interface ServiceDescription {
  /** The name of its cluster. */
  readonly cluster: string
  readonly name: string
  readonly arn: string
  /** What releases it: `ECS` or `CODE_DEPLOY`. */
  readonly controller: string
  /** The ARN of the revision. */
  readonly taskDefinition: string
  readonly strategy: readonly StrategyItem[]
  /** The on-demand capacity provider of a standby that is created. */
  readonly standbyProvider: string
  /** Standbys that carry the tag and exist: they are adopted, and no other is created. */
  readonly standbys: readonly string[]
  /** Of tasks on Fargate. */
  readonly platformVersion?: string
  /** Of tasks with network interfaces of their own. */
  readonly network?: ServiceNetwork
  readonly loadBalancers: readonly ServiceLoadBalancer[]
  /** All target groups that its tasks can be in: also the one that the next release by CodeDeploy moves them to. */
  readonly targetGroupArns: readonly string[]
  readonly healthCheckGraceSeconds?: number
  /** Its registration in Cloud Map: one at most. */
  readonly registries: readonly ServiceRegistry[]
  /** The namespace of Service Connect, whose names its tasks can call. */
  readonly connectNamespace?: string
  readonly placementConstraints: readonly PlacementConstraint[]
  readonly placementStrategy: readonly PlacementStrategy[]
  /** `NONE`, `SERVICE` or `TASK_DEFINITION`. */
  readonly propagateTags: string
  readonly enableExecuteCommand: boolean
  readonly enableManagedTags: boolean
  /** The task role and the execution role of the task definition, if it has them. */
  readonly roleArns: readonly string[]
  /** The size of a task, which determines its price. */
  readonly task: TaskDescription
}

export interface StrategyItem {
  readonly capacityProvider: string
  readonly base: number
  readonly weight: number
  readonly isSpot: boolean
  /** The name of the Auto Scaling group behind it. Fargate has none. */
  readonly autoScalingGroup?: string
}

export interface ServiceNetwork {
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  readonly assignPublicIp: boolean
}

export interface ServiceLoadBalancer {
  readonly targetGroupArn: string
  readonly containerName: string
  readonly containerPort: number
}

export interface ServiceRegistry {
  readonly registryArn: string
  readonly port?: number
  readonly containerName?: string
  readonly containerPort?: number
}

export interface PlacementConstraint {
  readonly type: string
  readonly expression?: string
}

export interface PlacementStrategy {
  readonly type: string
  readonly field?: string
}

export interface TaskDescription {
  /** In units of 1024 for one vCPU. */
  readonly cpu: number
  readonly memoryMiB: number
  /** `ARM64` or `X86_64`. */
  readonly architecture: string
  /** 20 are free of charge. */
  readonly ephemeralStorageGiB: number
  /** The shortest `stopTimeout` of its essential containers. */
  readonly stopSeconds: number
}
