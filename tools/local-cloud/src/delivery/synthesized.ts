import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'
import {
  ReferenceResolver,
  replaceReferences,
  type StackJson,
  type Values,
} from '@tideway/constructs/references'
import type { DynamoDb } from '@tideway/spot-simulator'
import type { DeployedSchedule } from '../clock/scheduler'
import { localArn } from '../patches/account'
import type { StoredService } from '../patches/ecs'
import { blocks, one, text } from '../path/blocks'
import type { DeployedPath } from '../path/deployed-path'
import { synthesizedPath } from '../path/synthesized-path'
import { address, arnOf, attributeOf, type Block, identifyingAttributes, urlOf } from './attributes'
import {
  type Deployed,
  type DeployedGroup,
  type DeployedQueue,
  type DeployedRule,
  deadLettersOf,
  defaultLogGroup,
  lastPart,
  policyOf,
  targetOf,
} from './deployed'
import { evaluate } from './expressions'

type TableProps = Parameters<DynamoDb['createTable']>[0]

/** Synthesized stacks, read as if they were deployed: names and ARNs replace references. */
export class Synthesized {
  private readonly stacks: Readonly<Record<string, StackJson>>
  private readonly resolver: ReferenceResolver

  /** @param folders of each stack, with its `cdk.tf.json` */
  constructor(private readonly folders: Readonly<Record<string, string>>) {
    this.stacks = Object.fromEntries(
      Object.entries(folders).map(([stack, folder]) => [
        stack,
        JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')),
      ]),
    )
    this.resolver = new ReferenceResolver(this.stacks)
  }

  /** The addresses of the resources in each stack. */
  get addresses(): Record<string, string[]> {
    return Object.fromEntries(
      Object.entries(this.stacks).map(([name, { resource = {} }]) => [
        name,
        Object.entries(resource).flatMap(([type, all]) =>
          Object.keys(all).map((id) => `${type}.${id}`),
        ),
      ]),
    )
  }

  /** The code of a function. */
  zipOf(functionName: string): Buffer | undefined {
    const found = this.resources('aws_lambda_function').find(
      (each) => each.function_name === functionName,
    )
    return found && readFileSync(join(this.folders.compute ?? '', String(found.filename)))
  }

  /** In the shape that the simulator's DynamoDB takes. */
  tables(): TableProps[] {
    return this.resources('aws_dynamodb_table').map((table) => ({
      name: String(table.name),
      hashKey: String(table.hash_key),
      indexes: blocks(table.global_secondary_index).map((index) => ({
        name: String(index.name),
        hashKey: String(index.hash_key),
      })),
    }))
  }

  topicNames(): string[] {
    return this.resources('aws_sns_topic').map(({ name }) => String(name))
  }

  deployed(): Deployed {
    return {
      services: this.resources('aws_ecs_service').map(serviceOf),
      clusterTags: new Map(
        this.resources('aws_ecs_cluster').map(({ name, tags }) => [
          String(name),
          one(tags) as Record<string, string>,
        ]),
      ),
      groups: this.groups(),
      targetGroups: this.resources('aws_lb_target_group').map((each) => ({
        arn: arnOf('aws_lb_target_group', each),
        name: String(each.name),
        port: Number(each.port),
        targetType: each.target_type === 'ip' ? 'ip' : 'instance',
      })),
      rules: this.rules(),
      queues: this.queues(),
      mappings: this.resources('aws_lambda_event_source_mapping').map((each) => ({
        queueArn: String(each.event_source_arn),
        queueName: lastPart(String(each.event_source_arn)),
        functionName: lastPart(String(each.function_name)),
        isEnabled: each.enabled !== false,
        batchSize: Number(each.batch_size ?? 10),
        maximumBatchingWindowSeconds: Number(each.maximum_batching_window_in_seconds ?? 0),
        maximumConcurrency: Number(one(each.scaling_config).maximum_concurrency ?? 2),
        reportsBatchItemFailures: Array.isArray(each.function_response_types),
      })),
      functions: this.resources('aws_lambda_function').map((each) => ({
        name: String(each.function_name),
        handler: String(each.handler),
        roleArn: String(each.role),
        timeoutSeconds: Number(each.timeout ?? 3),
        memoryMegabytes: Number(each.memory_size ?? 128),
        variables: one(one(each.environment).variables) as Record<string, string>,
        keyArn: text(each.kms_key_arn),
        logGroupName:
          text(one(each.logging_config).log_group) ?? defaultLogGroup(String(each.function_name)),
      })),
      schedules: this.resources('aws_scheduler_schedule').map(scheduleOf),
      stateMachines: this.resources('aws_sfn_state_machine').map((each) => ({
        name: String(each.name),
        arn: arnOf('aws_sfn_state_machine', each),
        type: each.type === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
        roleArn: String(each.role_arn),
        definition: String(each.definition),
      })),
      taskRoles: new Map(
        this.resources('aws_ecs_task_definition').map((each) => [
          String(each.family),
          [each.task_role_arn, each.execution_role_arn].flatMap((arn) => text(arn) ?? []),
        ]),
      ),
      rolePolicies: this.rolePolicies(),
      // The bootstrap creates them.
      boundaries: new Map(),
      keyPolicies: new Map(
        this.resources('aws_kms_key').map((key) => [
          arnOf('aws_kms_key', key),
          policyOf(key.policy),
        ]),
      ),
    }
  }

  private groups(): DeployedGroup[] {
    const groups = this.resources('aws_autoscaling_group')
    return this.resources('aws_ecs_capacity_provider').flatMap((provider) => {
      const own = one(provider.auto_scaling_group_provider)
      const group = groups.find(
        (each) => arnOf('aws_autoscaling_group', each) === own.auto_scaling_group_arn,
      )
      if (group === undefined) return []
      const distribution = one(one(group.mixed_instances_policy).instances_distribution)
      return {
        providerName: String(provider.name),
        groupName: String(group.name),
        isSpot: distribution.on_demand_percentage_above_base_capacity === 0,
        minInstances: Number(group.min_size),
        maxInstances: Number(group.max_size),
        targetCapacityPercent: Number(one(own.managed_scaling).target_capacity ?? 100),
      }
    })
  }

  private rules(): DeployedRule[] {
    const targets = this.resources('aws_cloudwatch_event_target')
    return this.resources('aws_cloudwatch_event_rule')
      .filter(({ event_pattern }) => event_pattern !== undefined)
      .map((rule) => ({
        name: String(rule.name),
        arn: arnOf('aws_cloudwatch_event_rule', rule),
        isEnabled: rule.state !== 'DISABLED',
        pattern: JSON.parse(String(rule.event_pattern)),
        targets: targets
          .filter((target) => target.rule === rule.name)
          .map(({ arn, input }) => targetOf(String(arn), text(input))),
      }))
  }

  private queues(): DeployedQueue[] {
    const policies = this.resources('aws_sqs_queue_policy')
    return this.resources('aws_sqs_queue').map((queue) => ({
      name: String(queue.name),
      arn: arnOf('aws_sqs_queue', queue),
      visibilityTimeoutSeconds: Number(queue.visibility_timeout_seconds ?? 30),
      messageRetentionSeconds: Number(queue.message_retention_seconds ?? 345_600),
      policy: policyOf(policies.find((each) => each.queue_url === urlOf(queue))?.policy),
      keyArn: text(queue.kms_master_key_id),
      ...deadLettersOf(queue.redrive_policy),
    }))
  }

  private rolePolicies(): Map<string, PolicyDocument[]> {
    const policies = new Map<string, PolicyDocument[]>()
    for (const { role, policy } of this.resources('aws_iam_role_policy')) {
      const arn = arnOf('aws_iam_role', { name: role })
      policies.set(arn, [...(policies.get(arn) ?? []), policyOf(policy)])
    }
    return policies
  }

  /** What requests pass before they reach a task. */
  path(): DeployedPath {
    return synthesizedPath((type) => this.resources(type))
  }

  /** The resources of a type in all stacks, with references replaced: one for each of `for_each`. */
  resources(type: string): Block[] {
    return Object.entries(this.stacks).flatMap(([stack, { resource }]) =>
      Object.entries(resource?.[type] ?? {}).flatMap(([id, values]) =>
        this.instancesOf(values, stack).map((each) => ({
          ...(this.resolved(values, stack, each) as Block),
          [address]: `${type}.${id}`,
        })),
      ),
    )
  }

  /** The value of `each` in every instance of a resource. */
  private instancesOf({ count, for_each }: Values, stack: string): readonly unknown[] {
    if (count !== undefined) return Number(this.resolved(count, stack)) === 0 ? [] : [undefined]
    if (for_each === undefined) return [undefined]
    const each = this.resolved(for_each, stack)
    return Array.isArray(each) ? each : []
  }

  private resolved(value: unknown, stack: string, each?: unknown): unknown {
    if (typeof value === 'string') return this.value(value, stack, each)
    if (Array.isArray(value)) return value.map((item) => this.resolved(item, stack, each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.resolved(item, stack, each)]),
    )
  }

  /** A text of one expression can be a list. */
  private value(text: string, stack: string, each: unknown): unknown {
    const [, expression] = /^\$\{((?:[^{}]|\{[^{}]*\})*)\}$/.exec(text) ?? []
    const value =
      expression === undefined
        ? undefined
        : evaluate(expression, (reference) => this.referenceValue(reference, stack, each))
    return value ?? this.text(text, stack)
  }

  private referenceValue(reference: string, stack: string, each: unknown): unknown {
    const { locals = {}, data = {}, resource = {} } = this.stacks[stack] ?? {}
    const [kind = '', type = '', id = '', , name = ''] = reference.split('.')
    if (kind === 'each') return each
    if (kind === 'local') return known(this.resolved(locals[type], stack, each))
    if (kind === 'terraform_data') {
      const key = /^output\["(.*)"\]$/.exec(id)?.[1] ?? ''
      const { input } = resource.terraform_data?.[type] ?? {}
      return this.resolved(one(input)[key], stack, each)
    }
    const values = kind === 'data' ? data[type]?.[id] : undefined
    switch (type) {
      case 'terraform_remote_state':
        return this.outputOf(stack, id, name) ?? one(values?.defaults)[name]
      case 'aws_ec2_managed_prefix_list':
        return values?.name
      case 'aws_secretsmanager_secret_version':
        return this.secretOf(this.resolved(values?.secret_id, stack))
      default:
        return known(this.text(`\${${reference}}`, stack))
    }
  }

  private outputOf(stack: string, remoteState: string, output: string): unknown {
    const target = this.resolver.target(stack, { kind: 'output', remoteState, output })
    return target?.kind === 'output' ? this.resolved(target.value, target.stack) : undefined
  }

  /** @param secretId the ARN of a secret, or of its version */
  private secretOf(secretId: unknown): unknown {
    const type = 'aws_secretsmanager_secret_version'
    const found = this.resources(type).find(
      (version) => arnOf(type, version) === secretId || version.secret_id === secretId,
    )
    return found?.secret_string ?? found?.secret_string_wo
  }

  private text(value: string, stack: string): string {
    return replaceReferences(value, (reference, expression) => {
      const target = this.resolver.target(stack, reference)
      if (target === undefined) return expression
      if (target.kind === 'output') return String(this.resolved(target.value, target.stack))
      const { type, id, attribute, values } = target
      // A validation passes the ARN of its certificate on.
      if (attribute === 'certificate_arn')
        return String(this.resolved(values[attribute], target.stack))
      const own = {
        ...(this.resolved(identifyingAttributes(values), stack) as Block),
        [address]: `${type}.${id}`,
      }
      return attributeOf(type, own, attribute)
    })
  }
}

function serviceOf(resource: Block): StoredService {
  const clusterName = lastPart(String(resource.cluster))
  const serviceName = String(resource.name)
  return {
    serviceName,
    clusterName,
    serviceArn: localArn('ecs', `service/${clusterName}/${serviceName}`),
    status: 'ACTIVE',
    desiredCount: Number(resource.desired_count ?? 0),
    taskDefinition: String(resource.task_definition),
    tags: Object.entries(one(resource.tags)).map(([key, value]) => ({
      key,
      value: String(value),
    })),
    deploymentController: { type: one(resource.deployment_controller).type ?? 'ECS' },
    deploymentConfiguration: {
      minimumHealthyPercent: resource.deployment_minimum_healthy_percent ?? 100,
      maximumPercent: resource.deployment_maximum_percent ?? 200,
      deploymentCircuitBreaker: resource.deployment_circuit_breaker,
    },
    capacityProviderStrategy: blocks(resource.capacity_provider_strategy).map((item) => ({
      capacityProvider: item.capacity_provider,
      base: item.base ?? 0,
      weight: item.weight ?? 0,
    })),
    loadBalancers: blocks(resource.load_balancer).map((item) => ({
      targetGroupArn: item.target_group_arn,
      containerName: item.container_name,
      containerPort: item.container_port,
    })),
  }
}

function scheduleOf(resource: Block): DeployedSchedule {
  const target = one(resource.target)
  const retry = one(target.retry_policy)
  const window = one(resource.flexible_time_window)
  const time = (value: unknown) => (value === undefined ? undefined : Date.parse(String(value)))
  return {
    name: String(resource.name),
    arn: localArn(
      'scheduler',
      `schedule/${text(resource.group_name) ?? 'default'}/${resource.name}`,
    ),
    expression: String(resource.schedule_expression),
    timeZone: text(resource.schedule_expression_timezone),
    isEnabled: resource.state !== 'DISABLED',
    flexibleMinutes: numberOrNone(window.maximum_window_in_minutes),
    startsAt: time(resource.start_date),
    endsAt: time(resource.end_date),
    targetArn: String(target.arn),
    roleArn: String(target.role_arn),
    input: String(target.input ?? '{}'),
    maxRetries: numberOrNone(retry.maximum_retry_attempts),
    maxAgeSeconds: numberOrNone(retry.maximum_event_age_in_seconds),
    deadLetterArn: text(one(target.dead_letter_config).arn),
  }
}

function numberOrNone(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value)
}

/** Undefined for an expression that only a deployment can evaluate. */
function known(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('${') ? undefined : value
}
