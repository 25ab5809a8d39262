import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'
import type {
  FunctionConfiguration,
  MappingWiring,
  QueueWiring,
  RuleWiring,
} from '@tideway/spot-simulator'
import type { DeployedSchedule } from '../clock/scheduler'
import type { DeployedStateMachine } from '../clock/step-functions'
import type { StoredService } from '../patches/ecs'

/** An Auto Scaling group and its capacity provider. */
export interface DeployedGroup {
  readonly providerName: string
  readonly groupName: string
  readonly isSpot: boolean
  readonly minInstances: number
  readonly maxInstances: number
  readonly targetCapacityPercent: number
}

export interface DeployedTargetGroup {
  readonly arn: string
  readonly name: string
  readonly port: number
  readonly targetType: 'ip' | 'instance'
}

export interface DeployedRule extends RuleWiring {
  readonly arn: string
  readonly isEnabled: boolean
  readonly targets: readonly DeployedTarget[]
}

export type DeployedTarget = RuleWiring['targets'][number] & { readonly arn: string }

export interface DeployedQueue extends QueueWiring {
  readonly arn: string
  readonly policy: PolicyDocument
  readonly keyArn?: string | undefined
}

/** The timeout is that of the function. */
export interface DeployedMapping extends Omit<MappingWiring, 'functionTimeoutSeconds'> {
  readonly queueArn: string
  readonly isEnabled: boolean
}

export interface DeployedFunction extends FunctionConfiguration {
  readonly roleArn: string
  readonly keyArn?: string | undefined
  readonly logGroupName: string
}

/** The log group that Lambda uses for a function without one of its own. */
export function defaultLogGroup(functionName: string): string {
  return `/aws/lambda/${functionName}`
}

/** The deployed services, and the parts that protect them. */
export interface Deployed {
  readonly services: readonly StoredService[]
  /** By the name of the cluster. */
  readonly clusterTags: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly groups: readonly DeployedGroup[]
  readonly targetGroups: readonly DeployedTargetGroup[]
  readonly rules: readonly DeployedRule[]
  readonly queues: readonly DeployedQueue[]
  readonly mappings: readonly DeployedMapping[]
  readonly functions: readonly DeployedFunction[]
  readonly schedules: readonly DeployedSchedule[]
  readonly stateMachines: readonly DeployedStateMachine[]
  /** The roles of each task definition, by its family. */
  readonly taskRoles: ReadonlyMap<string, readonly string[]>
  /** By the ARN of the role. */
  readonly rolePolicies: ReadonlyMap<string, readonly PolicyDocument[]>
  /** The permissions boundaries, by the ARN of the role. */
  readonly boundaries: ReadonlyMap<string, PolicyDocument>
  /** By the ARN of the key. */
  readonly keyPolicies: ReadonlyMap<string, PolicyDocument>
}

interface StrategyItem {
  readonly capacityProvider: string
  readonly base?: number
  readonly weight?: number
}

/** The capacity provider strategy of a service. */
export function strategyOf(service: StoredService): readonly StrategyItem[] {
  return (service.capacityProviderStrategy ?? []) as StrategyItem[]
}

/** The family in the ARN of a task definition, or in `family:1`. */
export function familyOf(taskDefinition: string): string {
  return (taskDefinition.split('/').at(-1) ?? '').replace(/:\d+$/, '')
}

/** The last part of an ARN, a URL or a path. */
export function lastPart(name: string): string {
  return name.split(/[/:]/).at(-1) ?? name
}

/** Without a policy, everything is denied. */
export function policyOf(json: unknown): PolicyDocument {
  return json ? JSON.parse(String(json)) : { Statement: [] }
}

/** @param redrivePolicy the JSON in a queue's attribute of that name */
export function deadLettersOf(redrivePolicy: unknown) {
  if (!redrivePolicy) return {}
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(String(redrivePolicy))
  const deadLetterName = lastPart(String(deadLetterTargetArn))
  return { deadLetterName, maxReceiveCount: Number(maxReceiveCount) }
}

export function targetOf(arn: string, input: string | undefined): DeployedTarget {
  return { arn, queueName: lastPart(arn), ...(input !== undefined && { input }) }
}
