import { AwsCalls } from '../aws-call'
import type { AwsClients } from '../aws-clients'
import { readStateMachines } from '../delivery/read-deployed'
import type { AwsRequest } from '../gateway/aws-request'
import { elementsNamed, textNamed } from '../gateway/xml'
import { localArn } from '../patches/account'
import { type DeploymentGroup, readDeploymentGroups } from '../scaling/deployed-releases'

/** A call that an AWS service makes with a role of the stacks. */
export interface ServiceCall {
  /** `ECS, to start tideway-local-api` */
  readonly caller: string
  readonly roleArn: string
  readonly request: AwsRequest
}

type Call = readonly [service: string, operation: string, input: object]

/** The calls of services for what is deployed, each with a role of the stacks. */
export async function serviceCalls(url: string, aws: AwsClients): Promise<ServiceCall[]> {
  const calls = new AwsCalls(url)
  const all = await Promise.all([
    taskStarts(aws),
    functionLogs(aws),
    schedules(aws),
    executions(calls),
    releases(calls),
    flowLogs(calls),
    databaseMetrics(aws),
  ])
  return all.flat()
}

/** ECS starts tasks with their execution role. */
async function taskStarts({ ecs }: AwsClients): Promise<ServiceCall[]> {
  const { taskDefinitionArns = [] } = await ecs.listTaskDefinitions({ status: 'ACTIVE' })
  const all = taskDefinitionArns.map(async (arn) => {
    const { taskDefinition: found } = await ecs.describeTaskDefinition({ taskDefinition: arn })
    const calls = (found?.containerDefinitions ?? []).flatMap(
      ({ image = '', repositoryCredentials, secrets = [], logConfiguration: log }) => [
        ...imageCalls(image),
        ...(repositoryCredentials?.credentialsParameter === undefined
          ? []
          : [secretCall(repositoryCredentials.credentialsParameter)]),
        ...secrets.map(({ valueFrom = '' }) => valueCall(valueFrom)),
        ...logCalls(log?.options?.['awslogs-group']),
      ],
    )
    return callsOf(`ECS, to start ${found?.family}`, found?.executionRoleArn, calls)
  })
  return (await Promise.all(all)).flat()
}

/** A repository can be in another account, so it is named by ARN. */
function imageCalls(image: string): Call[] {
  const [, owner, region, repository] =
    /^(\d{12})\.dkr\.ecr\.([\w-]+)\.[^/]+\/([^:@]+)/.exec(image) ?? []
  if (repository === undefined) return []
  const repositoryName = `arn:aws:ecr:${region}:${owner}:repository/${repository}`
  return [
    ['ecr', 'GetAuthorizationToken', {}],
    ...['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map(
      (name): Call => ['ecr', name, { repositoryName }],
    ),
  ]
}

/** An ARN of a secret, with or without a field, or a parameter. */
function valueCall(valueFrom: string): Call {
  return valueFrom.startsWith('arn:aws:secretsmanager:')
    ? secretCall(valueFrom.split(':').slice(0, 7).join(':'))
    : ['ssm', 'GetParameters', { Names: [valueFrom], WithDecryption: true }]
}

/** Secrets Manager authorizes on the whole ARN, which ends in six characters, also where the call has none or a name. */
function secretCall(secret: string): Call {
  const arn = secret.startsWith('arn:') ? secret : localArn('secretsmanager', `secret:${secret}`)
  const SecretId = /-[A-Za-z0-9]{6}$/.test(arn) ? arn : `${arn}-000000`
  return ['secretsmanager', 'GetSecretValue', { SecretId }]
}

function logCalls(logGroupName: string | undefined): Call[] {
  if (logGroupName === undefined) return []
  const stream = { logGroupName, logStreamName: 'a-stream' }
  return [
    ['logs', 'CreateLogStream', stream],
    ['logs', 'PutLogEvents', stream],
  ]
}

async function functionLogs({ lambda }: AwsClients): Promise<ServiceCall[]> {
  const { Functions = [] } = await lambda.listFunctions({})
  return Functions.flatMap(({ FunctionName, Role, LoggingConfig }) =>
    callsOf(
      `Lambda, to log for ${FunctionName}`,
      Role,
      logCalls(LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`),
    ),
  )
}

async function flowLogs(calls: AwsCalls): Promise<ServiceCall[]> {
  return elementsNamed(await calls.ec2('DescribeFlowLogs'), 'item').flatMap((item) => {
    const roleArn = textNamed(item, 'deliverLogsPermissionArn')
    // A tag.
    if (roleArn === undefined) return []
    const logGroupName = textNamed(item, 'logDestination')?.split(':')[6]
    return callsOf('VPC flow logs', roleArn, [
      ['logs', 'DescribeLogGroups', {}],
      ['logs', 'DescribeLogStreams', { logGroupName }],
      ...logCalls(logGroupName),
    ])
  })
}

/** RDS writes the metrics of operating systems to one group. moto does not return the role of an instance. */
async function databaseMetrics({ iam }: AwsClients): Promise<ServiceCall[]> {
  const { Roles = [] } = await iam.listRoles({})
  const logGroupName = 'RDSOSMetrics'
  return Roles.filter(({ AssumeRolePolicyDocument: trust }) =>
    trust?.includes('monitoring.rds.amazonaws.com'),
  ).flatMap(({ Arn }) =>
    callsOf('RDS, to monitor instances', Arn, [
      ['logs', 'CreateLogGroup', { logGroupName }],
      ['logs', 'PutRetentionPolicy', { logGroupName }],
      ['logs', 'DescribeLogStreams', { logGroupName }],
      ...logCalls(logGroupName),
    ]),
  )
}

async function schedules({ scheduler }: AwsClients): Promise<ServiceCall[]> {
  const { Schedules = [] } = await scheduler.listSchedules({})
  const all = Schedules.map(async ({ Name, GroupName }) => {
    const { Target } = await scheduler.getSchedule({ Name, GroupName })
    const arn = Target?.Arn ?? ''
    const call: Call = arn.startsWith('arn:aws:sqs:')
      ? ['sqs', 'SendMessage', { QueueUrl: `https://sqs/${arn.split(':').at(-1)}` }]
      : ['states', 'StartExecution', { stateMachineArn: arn }]
    return callsOf(`EventBridge Scheduler, for ${Name}`, Target?.RoleArn, [call])
  })
  return (await Promise.all(all)).flat()
}

interface TaskState {
  readonly Resource?: string
  readonly Parameters?: { readonly Cluster?: string; readonly TaskDefinition?: string }
}

async function executions(calls: AwsCalls): Promise<ServiceCall[]> {
  const machines = await readStateMachines(calls)
  return machines.flatMap(({ name, roleArn, definition }) => {
    const states: TaskState[] = Object.values(JSON.parse(definition).States)
    const own = states
      .filter(({ Resource }) => Resource?.includes(':ecs:runTask'))
      .flatMap(({ Parameters = {} }): Call[] => {
        const { Cluster: cluster, TaskDefinition: taskDefinition } = Parameters
        // To wait for the task, Step Functions has a rule of its own.
        const rule = 'StepFunctionsGetEventsForECSTaskRule'
        return [
          ['ecs', 'RunTask', { cluster, taskDefinition }],
          ['ecs', 'DescribeTasks', { cluster, tasks: ['a-task'] }],
          ['ecs', 'StopTask', { cluster, task: 'a-task' }],
          ['events', 'DescribeRule', { Name: rule }],
          ['events', 'PutRule', { Name: rule }],
          ['events', 'PutTargets', { Rule: rule }],
        ]
      })
    return callsOf(`Step Functions, for ${name}`, roleArn, own)
  })
}

/** A release by CodeDeploy: a green task set, its traffic, and the end of the blue one. */
async function releases(calls: AwsCalls): Promise<ServiceCall[]> {
  const groups = await readDeploymentGroups(calls)
  return groups.flatMap((group) =>
    callsOf(
      `CodeDeploy, to release ${group.applicationName}`,
      group.serviceRoleArn,
      groupCalls(group),
    ),
  )
}

function groupCalls(group: DeploymentGroup): Call[] {
  const listeners = (group.loadBalancerInfo?.targetGroupPairInfoList ?? []).flatMap(
    ({ prodTrafficRoute }) => prodTrafficRoute?.listenerArns ?? [],
  )
  const alarms = (group.alarmConfiguration?.alarms ?? []).map(({ name }) => name)
  return [
    ...(group.ecsServices ?? []).flatMap(
      ({ clusterName: cluster, serviceName: service }): Call[] => [
        ['ecs', 'DescribeServices', { cluster, services: [service] }],
        ['ecs', 'CreateTaskSet', { cluster, service, taskDefinition: service }],
        ['ecs', 'UpdateServicePrimaryTaskSet', { cluster, service }],
        ['ecs', 'DeleteTaskSet', { cluster, service, taskSet: 'ecs-svc/1' }],
      ],
    ),
    ...['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups'].map(
      (name): Call => ['elasticloadbalancing', name, {}],
    ),
    ...listeners.map(
      (ListenerArn): Call => ['elasticloadbalancing', 'ModifyListener', { ListenerArn }],
    ),
    ...(alarms.length > 0
      ? [['monitoring', 'DescribeAlarms', { AlarmNames: alarms }] satisfies Call]
      : []),
  ]
}

function callsOf(caller: string, roleArn: string | undefined, calls: readonly Call[]) {
  return calls.map(([service, operation, input]): ServiceCall => {
    const request: AwsRequest = {
      service,
      operation,
      accessKeyId: '',
      method: 'POST',
      url: '/',
      headers: { 'x-amz-target': `${service}.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    }
    return { caller, roleArn: roleArn ?? '', request }
  })
}
