import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'
import { elementsNamed, readXml, textNamed, textsNamed } from '../gateway/xml'
import type { StoredService } from '../patches/ecs'
import {
  type Deployed,
  type DeployedFunction,
  type DeployedGroup,
  type DeployedMapping,
  type DeployedQueue,
  type DeployedRule,
  type DeployedSchedule,
  type DeployedTargetGroup,
  familyOf,
  secondsOf,
  strategyOf,
} from './deployed'
import type { LocalAws } from './local-aws'

/** Asks the APIs for all of it. */
export async function readDeployed(
  aws: LocalAws,
  services: readonly StoredService[],
): Promise<Deployed> {
  const [groups, targetGroups, rules, queues, functions, mappings, schedules] = await Promise.all([
    readGroups(aws, services),
    readTargetGroups(aws),
    readRules(aws),
    readQueues(aws),
    readFunctions(aws),
    readMappings(aws),
    readSchedules(aws),
  ])
  const roles = [...functions, ...schedules].map(({ roleArn }) => roleArn)
  const keys = [...functions, ...queues].flatMap(({ keyArn }) => keyArn ?? [])
  return {
    clusterNames: [...new Set(services.map(({ clusterName }) => clusterName))],
    services,
    groups,
    targetGroups,
    rules,
    queues,
    functions,
    mappings,
    schedules,
    taskRoles: await byArn(
      services.map(({ taskDefinition }) => familyOf(taskDefinition)),
      (family) => readTaskRoles(aws, family),
    ),
    rolePolicies: await byArn(roles, (arn) => readRolePolicies(aws, arn)),
    keyPolicies: await byArn(keys, (arn) => readKeyPolicy(aws, arn)),
  }
}

async function byArn<Value>(
  arns: readonly string[],
  read: (arn: string) => Promise<Value>,
): Promise<Map<string, Value>> {
  const unique = [...new Set(arns)]
  return new Map(await Promise.all(unique.map(async (arn) => [arn, await read(arn)] as const)))
}

const ecs = 'AmazonEC2ContainerServiceV20141113'

async function readGroups(
  aws: LocalAws,
  services: readonly StoredService[],
): Promise<DeployedGroup[]> {
  // moto fails where it is asked for all of them.
  const used = services.flatMap(strategyOf).map(({ capacityProvider }) => capacityProvider)
  const names = [...new Set(used)].filter((name) => !name.startsWith('FARGATE'))
  const { capacityProviders = [] } = await aws.json<{
    capacityProviders?: {
      name: string
      autoScalingGroupProvider?: {
        autoScalingGroupArn: string
        managedScaling?: { targetCapacity?: number }
      }
    }[]
  }>('ecs', `${ecs}.DescribeCapacityProviders`, { capacityProviders: names })
  const described = readXml(await aws.query('autoscaling', 'DescribeAutoScalingGroups'))
  const groups = elementsNamed(described, 'member')
  return capacityProviders.flatMap(({ name, autoScalingGroupProvider }) => {
    const arn = autoScalingGroupProvider?.autoScalingGroupArn
    const group = groups.find((each) => each.AutoScalingGroupARN === arn)
    if (arn === undefined || group === undefined) return []
    const onDemand = textNamed(group, 'OnDemandPercentageAboveBaseCapacity')
    return [
      {
        providerName: name,
        groupName: textNamed(group, 'AutoScalingGroupName') ?? '',
        isSpot: onDemand === '0',
        minInstances: Number(textNamed(group, 'MinSize')),
        maxInstances: Number(textNamed(group, 'MaxSize')),
        targetCapacityPercent: autoScalingGroupProvider?.managedScaling?.targetCapacity ?? 100,
      },
    ]
  })
}

async function readTaskRoles(aws: LocalAws, taskDefinition: string): Promise<string[]> {
  const answer = await aws.json<{
    taskDefinition: { taskRoleArn?: string; executionRoleArn?: string }
  }>('ecs', `${ecs}.DescribeTaskDefinition`, { taskDefinition })
  const { taskRoleArn, executionRoleArn } = answer.taskDefinition
  return [taskRoleArn, executionRoleArn].flatMap((arn) => arn ?? [])
}

async function readTargetGroups(aws: LocalAws): Promise<DeployedTargetGroup[]> {
  const described = await aws.query('elasticloadbalancing', 'DescribeTargetGroups')
  const groups = elementsNamed(readXml(described), 'member').filter((each) => each.TargetGroupArn)
  return groups.map((group) => ({
    arn: textNamed(group, 'TargetGroupArn') ?? '',
    name: textNamed(group, 'TargetGroupName') ?? '',
    port: Number(textNamed(group, 'Port')),
    targetType: textNamed(group, 'TargetType') === 'instance' ? 'instance' : 'ip',
  }))
}

async function readRules(aws: LocalAws): Promise<DeployedRule[]> {
  const { Rules } = await aws.json<{
    Rules: { Name: string; Arn: string; State: string; EventPattern?: string }[]
  }>('events', 'AWSEvents.ListRules')
  return Promise.all(
    Rules.filter(({ EventPattern }) => EventPattern !== undefined).map(async (rule) => {
      const { Targets } = await aws.json<{ Targets: { Arn: string; Input?: string }[] }>(
        'events',
        'AWSEvents.ListTargetsByRule',
        { Rule: rule.Name },
      )
      return {
        name: rule.Name,
        arn: rule.Arn,
        isEnabled: rule.State === 'ENABLED',
        pattern: JSON.parse(rule.EventPattern ?? '{}'),
        targets: Targets.map(({ Arn, Input }) => ({
          arn: Arn,
          ...(Input !== undefined && { input: Input }),
        })),
      }
    }),
  )
}

async function readQueues(aws: LocalAws): Promise<DeployedQueue[]> {
  const { QueueUrls = [] } = await aws.json<{ QueueUrls?: string[] }>('sqs', 'AmazonSQS.ListQueues')
  return Promise.all(
    QueueUrls.map(async (QueueUrl) => {
      const { Attributes } = await aws.json<{ Attributes: Record<string, string> }>(
        'sqs',
        'AmazonSQS.GetQueueAttributes',
        { QueueUrl, AttributeNames: ['All'] },
      )
      const { Policy, RedrivePolicy, KmsMasterKeyId, QueueArn = '' } = Attributes
      const redrive = RedrivePolicy ? JSON.parse(RedrivePolicy) : undefined
      return {
        name: QueueArn.split(':').at(-1) ?? '',
        arn: QueueArn,
        visibilityTimeoutSeconds: Number(Attributes.VisibilityTimeout),
        retentionSeconds: Number(Attributes.MessageRetentionPeriod),
        policy: Policy ? JSON.parse(Policy) : { Statement: [] },
        ...(KmsMasterKeyId && { keyArn: KmsMasterKeyId }),
        ...(redrive && {
          deadLetterArn: redrive.deadLetterTargetArn,
          maxReceiveCount: Number(redrive.maxReceiveCount),
        }),
      }
    }),
  )
}

async function readFunctions(aws: LocalAws): Promise<DeployedFunction[]> {
  const { Functions } = await aws.rest<{
    Functions: {
      FunctionName: string
      Handler: string
      Role: string
      Timeout: number
      MemorySize: number
      Environment?: { Variables?: Record<string, string> }
      KMSKeyArn?: string
    }[]
  }>('lambda', 'GET', '/2015-03-31/functions')
  return Functions.map((each) => ({
    name: each.FunctionName,
    handler: each.Handler,
    roleArn: each.Role,
    timeoutSeconds: Number(each.Timeout),
    memoryMegabytes: Number(each.MemorySize),
    variables: each.Environment?.Variables ?? {},
    ...(each.KMSKeyArn && { keyArn: each.KMSKeyArn }),
  }))
}

async function readMappings(aws: LocalAws): Promise<DeployedMapping[]> {
  const { EventSourceMappings } = await aws.rest<{
    EventSourceMappings: {
      EventSourceArn: string
      FunctionArn: string
      State: string
      BatchSize: number
      MaximumBatchingWindowInSeconds?: number
      ScalingConfig?: { MaximumConcurrency?: number }
      FunctionResponseTypes?: string[]
    }[]
  }>('lambda', 'GET', '/2015-03-31/event-source-mappings')
  return EventSourceMappings.map((each) => ({
    queueArn: each.EventSourceArn,
    functionName: each.FunctionArn.split(':').at(-1) ?? '',
    isEnabled: each.State === 'Enabled' || each.State === 'Creating',
    batchSize: each.BatchSize,
    windowSeconds: each.MaximumBatchingWindowInSeconds ?? 0,
    maximumConcurrency: each.ScalingConfig?.MaximumConcurrency ?? 2,
    reportsBatchItemFailures:
      each.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
  }))
}

async function readSchedules(aws: LocalAws): Promise<DeployedSchedule[]> {
  const { Schedules } = await aws.rest<{ Schedules: { Name: string; GroupName: string }[] }>(
    'scheduler',
    'GET',
    '/schedules',
  )
  const all = await Promise.all(
    Schedules.map(({ Name, GroupName }) =>
      aws.rest<{
        Name: string
        ScheduleExpression: string
        State: string
        Target: { Arn: string; RoleArn: string; Input?: string }
      }>('scheduler', 'GET', `/schedules/${Name}?groupName=${GroupName}`),
    ),
  )
  return all.flatMap(({ Name, ScheduleExpression, State, Target }) => {
    const everySeconds = secondsOf(ScheduleExpression)
    if (everySeconds === undefined) return []
    return [
      {
        name: Name,
        everySeconds,
        isEnabled: State === 'ENABLED',
        targetArn: Target.Arn,
        roleArn: Target.RoleArn,
        input: Target.Input ?? '{}',
      },
    ]
  })
}

async function readRolePolicies(aws: LocalAws, roleArn: string): Promise<PolicyDocument[]> {
  const RoleName = roleArn.split('/').at(-1) ?? ''
  const listed = await aws.query('iam', 'ListRolePolicies', { RoleName })
  const inline = textsNamed(readXml(listed), 'member')
  const documents = inline.map(async (PolicyName) => {
    const answer = await aws.query('iam', 'GetRolePolicy', { RoleName, PolicyName })
    return documentIn(answer, 'PolicyDocument')
  })
  const attached = await aws.query('iam', 'ListAttachedRolePolicies', { RoleName })
  const managed = textsNamed(readXml(attached), 'PolicyArn')
  const more = managed.map(async (PolicyArn) => {
    const policy = await aws.query('iam', 'GetPolicy', { PolicyArn })
    const VersionId = textNamed(readXml(policy), 'DefaultVersionId') ?? ''
    const version = await aws.query('iam', 'GetPolicyVersion', { PolicyArn, VersionId })
    return documentIn(version, 'Document')
  })
  return Promise.all([...documents, ...more])
}

async function readKeyPolicy(aws: LocalAws, KeyId: string): Promise<PolicyDocument> {
  const input = { KeyId, PolicyName: 'default' }
  const { Policy } = await aws.json<{ Policy: string }>('kms', 'TrentService.GetKeyPolicy', input)
  return JSON.parse(Policy)
}

function documentIn(xml: string, element: string): PolicyDocument {
  const text = textNamed(readXml(xml), element) ?? '{"Statement":[]}'
  return JSON.parse(decodeURIComponent(text))
}
