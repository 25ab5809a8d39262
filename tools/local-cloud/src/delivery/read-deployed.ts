import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'
import type { AwsCalls } from '../aws-call'
import type { AwsClients } from '../aws-clients'
import { tasksIn } from '../clock/definition'
import type { DeployedSchedule } from '../clock/scheduler'
import type { DeployedStateMachine } from '../clock/step-functions'
import type { StoredService } from '../patches/ecs'
import {
  type Deployed,
  type DeployedFunction,
  type DeployedGroup,
  type DeployedMapping,
  type DeployedQueue,
  type DeployedRule,
  type DeployedTargetGroup,
  deadLettersOf,
  defaultLogGroup,
  familyOf,
  lastPart,
  policyOf,
  strategyOf,
  targetOf,
} from './deployed'

/** Reads the deployed resources from the AWS APIs. */
export async function readDeployed(
  aws: AwsClients,
  calls: AwsCalls,
  services: readonly StoredService[],
): Promise<Deployed> {
  const [groups, targetGroups, rules, queues, functions, mappings, schedules, stateMachines] =
    await Promise.all([
      readGroups(aws, services),
      readTargetGroups(aws),
      readRules(aws),
      readQueues(aws),
      readFunctions(aws),
      readMappings(aws),
      readSchedules(aws),
      readStateMachines(calls),
    ])
  const roles = [...functions, ...schedules, ...stateMachines].map(({ roleArn }) => roleArn)
  const keys = [...functions, ...queues].flatMap(({ keyArn }) => keyArn ?? [])
  const families = [
    ...services.map(({ taskDefinition }) => familyOf(taskDefinition)),
    ...tasksIn(stateMachines).families,
  ]
  return {
    services,
    clusterTags: await readClusterTags(aws, services),
    groups,
    targetGroups,
    rules,
    queues,
    functions,
    mappings,
    schedules,
    stateMachines,
    taskRoles: await readEach(families, (family) => readTaskRoles(aws, family)),
    rolePolicies: await readEach(roles, (arn) => readRolePolicies(aws, lastPart(arn))),
    boundaries: await readBoundaries(aws, roles),
    keyPolicies: await readEach(keys, async (KeyId) =>
      policyOf((await aws.kms.getKeyPolicy({ KeyId, PolicyName: 'default' })).Policy),
    ),
  }
}

async function readEach<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Value>,
): Promise<Map<string, Value>> {
  const unique = [...new Set(names)]
  return new Map(await Promise.all(unique.map(async (name) => [name, await read(name)] as const)))
}

async function readClusterTags(
  { ecs }: AwsClients,
  services: readonly StoredService[],
): Promise<Deployed['clusterTags']> {
  const names = [...new Set(services.map(({ clusterName }) => clusterName))]
  if (names.length === 0) return new Map()
  const { clusters = [] } = await ecs.describeClusters({ clusters: names, include: ['TAGS'] })
  return new Map(
    clusters.map(({ clusterName = '', tags = [] }) => [
      clusterName,
      Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value])),
    ]),
  )
}

async function readGroups(
  { ecs, autoScaling }: AwsClients,
  services: readonly StoredService[],
): Promise<DeployedGroup[]> {
  // moto cannot list all capacity providers, so this requests those in use.
  const used = services.flatMap(strategyOf).map(({ capacityProvider }) => capacityProvider)
  const names = [...new Set(used)].filter((name) => !name.startsWith('FARGATE'))
  const { capacityProviders = [] } = await ecs.describeCapacityProviders({
    capacityProviders: names,
  })
  const { AutoScalingGroups = [] } = await autoScaling.describeAutoScalingGroups({})
  return capacityProviders.flatMap(({ name = '', autoScalingGroupProvider: provider }) => {
    const group = AutoScalingGroups.find(
      ({ AutoScalingGroupARN: arn }) => arn === provider?.autoScalingGroupArn,
    )
    if (group === undefined) return []
    const distribution = group.MixedInstancesPolicy?.InstancesDistribution
    return {
      providerName: name,
      groupName: group.AutoScalingGroupName ?? '',
      isSpot: distribution?.OnDemandPercentageAboveBaseCapacity === 0,
      minInstances: group.MinSize ?? 0,
      maxInstances: group.MaxSize ?? 0,
      targetCapacityPercent: provider?.managedScaling?.targetCapacity ?? 100,
    }
  })
}

export async function readTaskRoles({ ecs }: AwsClients, family: string): Promise<string[]> {
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: family })
  return [taskDefinition?.taskRoleArn, taskDefinition?.executionRoleArn].flatMap((arn) => arn ?? [])
}

async function readTargetGroups({ loadBalancing }: AwsClients): Promise<DeployedTargetGroup[]> {
  const { TargetGroups = [] } = await loadBalancing.describeTargetGroups({})
  return TargetGroups.map((group) => ({
    arn: group.TargetGroupArn ?? '',
    name: group.TargetGroupName ?? '',
    port: group.Port ?? 0,
    targetType: group.TargetType === 'instance' ? 'instance' : 'ip',
  }))
}

async function readRules({ eventBridge }: AwsClients): Promise<DeployedRule[]> {
  const { Rules = [] } = await eventBridge.listRules({})
  return Promise.all(
    Rules.filter(({ EventPattern }) => EventPattern !== undefined).map(async (rule) => {
      const { Targets = [] } = await eventBridge.listTargetsByRule({ Rule: rule.Name })
      return {
        name: rule.Name ?? '',
        arn: rule.Arn ?? '',
        isEnabled: rule.State === 'ENABLED',
        pattern: JSON.parse(rule.EventPattern ?? '{}'),
        targets: Targets.map(({ Arn = '', Input }) => targetOf(Arn, Input)),
      }
    }),
  )
}

async function readQueues({ sqs }: AwsClients): Promise<DeployedQueue[]> {
  const { QueueUrls = [] } = await sqs.listQueues({})
  return Promise.all(
    QueueUrls.map(async (QueueUrl) => {
      const { Attributes = {} } = await sqs.getQueueAttributes({
        QueueUrl,
        AttributeNames: ['All'],
      })
      return {
        name: lastPart(QueueUrl),
        arn: Attributes.QueueArn ?? '',
        visibilityTimeoutSeconds: Number(Attributes.VisibilityTimeout),
        messageRetentionSeconds: Number(Attributes.MessageRetentionPeriod),
        policy: policyOf(Attributes.Policy),
        keyArn: Attributes.KmsMasterKeyId || undefined,
        ...deadLettersOf(Attributes.RedrivePolicy),
      }
    }),
  )
}

async function readFunctions({ lambda }: AwsClients): Promise<DeployedFunction[]> {
  const { Functions = [] } = await lambda.listFunctions({})
  return Functions.map((each) => ({
    name: each.FunctionName ?? '',
    handler: each.Handler ?? '',
    roleArn: each.Role ?? '',
    timeoutSeconds: each.Timeout ?? 3,
    memoryMegabytes: each.MemorySize ?? 128,
    variables: each.Environment?.Variables ?? {},
    keyArn: each.KMSKeyArn || undefined,
    logGroupName: each.LoggingConfig?.LogGroup ?? defaultLogGroup(each.FunctionName ?? ''),
  }))
}

async function readMappings({ lambda }: AwsClients): Promise<DeployedMapping[]> {
  const { EventSourceMappings = [] } = await lambda.listEventSourceMappings({})
  return EventSourceMappings.map((each) => ({
    queueArn: each.EventSourceArn ?? '',
    queueName: lastPart(each.EventSourceArn ?? ''),
    functionName: lastPart(each.FunctionArn ?? ''),
    isEnabled: each.State === 'Enabled' || each.State === 'Creating',
    batchSize: each.BatchSize ?? 10,
    maximumBatchingWindowSeconds: each.MaximumBatchingWindowInSeconds ?? 0,
    maximumConcurrency: each.ScalingConfig?.MaximumConcurrency ?? 2,
    reportsBatchItemFailures:
      each.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
  }))
}

async function readSchedules({ scheduler }: AwsClients): Promise<DeployedSchedule[]> {
  const { Schedules = [] } = await scheduler.listSchedules({})
  const all = await Promise.all(
    Schedules.map(({ Name, GroupName }) => scheduler.getSchedule({ Name, GroupName })),
  )
  return all.map((each) => ({
    name: each.Name ?? '',
    arn: each.Arn ?? '',
    expression: each.ScheduleExpression ?? '',
    timeZone: each.ScheduleExpressionTimezone,
    isEnabled: each.State === 'ENABLED',
    flexibleMinutes: each.FlexibleTimeWindow?.MaximumWindowInMinutes,
    startsAt: each.StartDate?.getTime(),
    endsAt: each.EndDate?.getTime(),
    targetArn: each.Target?.Arn ?? '',
    roleArn: each.Target?.RoleArn ?? '',
    input: each.Target?.Input ?? '{}',
    maxRetries: each.Target?.RetryPolicy?.MaximumRetryAttempts,
    maxAgeSeconds: each.Target?.RetryPolicy?.MaximumEventAgeInSeconds,
    deadLetterArn: each.Target?.DeadLetterConfig?.Arn,
  }))
}

interface DescribedStateMachine {
  readonly name: string
  readonly stateMachineArn: string
  readonly type?: 'STANDARD' | 'EXPRESS'
  readonly roleArn: string
  readonly definition: string
}

export async function readStateMachines(calls: AwsCalls): Promise<DeployedStateMachine[]> {
  const { stateMachines } = await calls.json<{ stateMachines: { stateMachineArn: string }[] }>(
    'states',
    'ListStateMachines',
  )
  return Promise.all(
    stateMachines.map(async ({ stateMachineArn }) => {
      const described = await calls.json<DescribedStateMachine>('states', 'DescribeStateMachine', {
        stateMachineArn,
      })
      const { name, type = 'STANDARD', roleArn, definition } = described
      return { name, arn: stateMachineArn, type, roleArn, definition }
    }),
  )
}

export async function readRolePolicies(
  aws: AwsClients,
  RoleName: string,
): Promise<PolicyDocument[]> {
  const { iam } = aws
  const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName })
  const inline = PolicyNames.map(async (PolicyName) => {
    const { PolicyDocument } = await iam.getRolePolicy({ RoleName, PolicyName })
    return encodedPolicyOf(PolicyDocument)
  })
  const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName })
  const attached = AttachedPolicies.map(({ PolicyArn = '' }) => policyVersionOf(aws, PolicyArn))
  return Promise.all([...inline, ...attached])
}

/** Without those that do not exist: `npm start` deploys without the bootstrap. */
async function readBoundaries(
  aws: AwsClients,
  roles: readonly string[],
): Promise<Map<string, PolicyDocument>> {
  const { Policies = [] } = await aws.iam.listPolicies({ Scope: 'Local' })
  const found = await readEach(roles, async (roleArn) => {
    const { Role } = await aws.iam.getRole({ RoleName: lastPart(roleArn) })
    const boundary = Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? ''
    return Policies.some(({ Arn }) => Arn === boundary) ? policyVersionOf(aws, boundary) : undefined
  })
  return new Map([...found].flatMap(([arn, policy]) => (policy ? [[arn, policy] as const] : [])))
}

/** The document in force of a managed policy. */
export async function policyVersionOf(
  { iam }: AwsClients,
  PolicyArn: string,
): Promise<PolicyDocument> {
  const { Policy } = await iam.getPolicy({ PolicyArn })
  const VersionId = Policy?.DefaultVersionId
  const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId })
  return encodedPolicyOf(PolicyVersion?.Document)
}

/** IAM URL-encodes documents. */
export function encodedPolicyOf(document: string | undefined): PolicyDocument {
  return policyOf(document && decodeURIComponent(document))
}
