import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'
import type { EventPattern } from '@tideway/spot-simulator'
import type { StoredService } from '../patches/ecs'

/** The capacity provider of an Auto Scaling group. */
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

export interface DeployedRule {
  readonly name: string
  readonly arn: string
  readonly isEnabled: boolean
  readonly pattern: EventPattern
  readonly targets: readonly { readonly arn: string; readonly input?: string }[]
}

export interface DeployedQueue {
  readonly name: string
  readonly arn: string
  readonly visibilityTimeoutSeconds: number
  readonly retentionSeconds: number
  readonly policy: PolicyDocument
  readonly keyArn?: string
  readonly deadLetterArn?: string
  readonly maxReceiveCount?: number
}

export interface DeployedMapping {
  readonly queueArn: string
  readonly functionName: string
  readonly isEnabled: boolean
  readonly batchSize: number
  readonly windowSeconds: number
  readonly maximumConcurrency: number
  readonly reportsBatchItemFailures: boolean
}

export interface DeployedFunction {
  readonly name: string
  readonly handler: string
  readonly roleArn: string
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  readonly variables: Readonly<Record<string, string>>
  readonly keyArn?: string
}

export interface DeployedSchedule {
  readonly name: string
  readonly everySeconds: number
  readonly isEnabled: boolean
  readonly targetArn: string
  readonly roleArn: string
  readonly input: string
}

/** What is deployed of services and of what watches over them, as the APIs tell it. */
export interface Deployed {
  readonly clusterNames: readonly string[]
  readonly services: readonly StoredService[]
  readonly groups: readonly DeployedGroup[]
  readonly targetGroups: readonly DeployedTargetGroup[]
  readonly rules: readonly DeployedRule[]
  readonly queues: readonly DeployedQueue[]
  readonly mappings: readonly DeployedMapping[]
  readonly functions: readonly DeployedFunction[]
  readonly schedules: readonly DeployedSchedule[]
  /** The roles that a task definition hands on, by its family. */
  readonly taskRoles: ReadonlyMap<string, readonly string[]>
  /** By the ARN of the role. */
  readonly rolePolicies: ReadonlyMap<string, readonly PolicyDocument[]>
  /** By the ARN of the key. */
  readonly keyPolicies: ReadonlyMap<string, PolicyDocument>
}

/** By which providers a service gets its tasks. */
export function strategyOf(service: StoredService) {
  return (service.capacityProviderStrategy ?? []) as {
    capacityProvider: string
    base?: number
    weight?: number
  }[]
}

/** Of a task definition's ARN, or of `family:1`. */
export function familyOf(taskDefinition: string): string {
  return (taskDefinition.split('/').at(-1) ?? '').replace(/:\d+$/, '')
}

/** Of `rate(5 minutes)`: what goes by the calendar has nothing to do with capacity. */
export function secondsOf(expression: string): number | undefined {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (number === undefined) return undefined
  return Number(number) * (unit === 'minute' ? 60 : unit === 'hour' ? 3600 : 86_400)
}

/** The last part of its ARN. */
export function roleName(arn: string): string {
  return arn.split('/').at(-1) ?? arn
}
