import { serviceCalls } from '../src/access/service-calls'
import type { AwsClients } from '../src/aws-clients'

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:123456789012:${name}`
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const secret = arn('secretsmanager', 'secret:app-AbCdEf')
const task = {
  Resource: 'arn:aws:states:::ecs:runTask.sync',
  Parameters: {
    Cluster: arn('ecs', 'cluster/c'),
    TaskDefinition: arn('ecs', 'task-definition/job:1'),
  },
}

const aws = {
  iam: {
    listRoles: async () => ({
      Roles: [
        { Arn: role('other'), AssumeRolePolicyDocument: 'ecs.amazonaws.com' },
        { Arn: role('metrics'), AssumeRolePolicyDocument: 'monitoring.rds.amazonaws.com' },
      ],
    }),
  },
  ecs: {
    listTaskDefinitions: async () => ({ taskDefinitionArns: ['api:1'] }),
    describeTaskDefinition: async () => ({
      taskDefinition: {
        family: 'api',
        executionRoleArn: role('start'),
        containerDefinitions: [
          {
            image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:0',
            repositoryCredentials: { credentialsParameter: 'registry' },
            secrets: [
              { valueFrom: `${secret}:password::` },
              { valueFrom: arn('secretsmanager', 'secret:shared/key') },
              { valueFrom: arn('ssm', 'parameter/a') },
            ],
            logConfiguration: { options: { 'awslogs-group': '/api' } },
          },
        ],
      },
    }),
  },
  lambda: {
    listFunctions: async () => ({
      Functions: [{ FunctionName: 'f', Role: role('f'), LoggingConfig: { LogGroup: '/f' } }],
    }),
  },
  scheduler: {
    listSchedules: async () => ({ Schedules: [{ Name: 'sweep' }, { Name: 'job' }] }),
    getSchedule: async ({ Name }: { Name: string }) => ({
      Target: {
        RoleArn: role(Name),
        Arn: Name === 'sweep' ? arn('sqs', 'events') : arn('states', 'stateMachine:job'),
      },
    }),
  },
} as unknown as AwsClients

const outputs: Readonly<Record<string, object>> = {
  ListStateMachines: { stateMachines: [{ stateMachineArn: 'a' }] },
  DescribeStateMachine: {
    name: 'job',
    roleArn: role('run'),
    definition: JSON.stringify({ States: { OnSpot: task, Failed: { Type: 'Fail' } } }),
  },
  ListApplications: { applications: ['api'] },
  ListDeploymentGroups: { deploymentGroups: ['api'] },
  GetDeploymentGroup: {
    deploymentGroupInfo: {
      serviceRoleArn: role('release'),
      ecsServices: [{ clusterName: 'c', serviceName: 'api' }],
      alarmConfiguration: { alarms: [{ name: 'errors' }] },
      loadBalancerInfo: {
        targetGroupPairInfoList: [{ prodTrafficRoute: { listenerArns: ['listener'] } }],
      },
    },
  },
}

const flowLogs = `<r><flowLogSet><item><deliverLogsPermissionArn>${role('flow')}</deliverLogsPermissionArn><logDestination>${arn('logs', 'log-group:/flows')}</logDestination><tagSet><item><key>a</key></item></tagSet></item></flowLogSet></r>`

test('services call what the deployed resources name, each with its own role', async () => {
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
    const target = new Headers(init?.headers).get('x-amz-target') ?? ''
    if (target === '') return new Response(flowLogs)
    return Response.json(outputs[target.split('.')[1] ?? ''])
  })
  const calls = (await serviceCalls('http://local', aws)).map(
    ({ roleArn, request: { service, operation, body } }) =>
      `${roleArn.split('/')[1]} ${service}:${operation} ${body}`,
  )
  expect(calls).toEqual([
    'start ecr:GetAuthorizationToken {}',
    `start ecr:BatchCheckLayerAvailability {"repositoryName":"${arn('ecr', 'repository/api')}"}`,
    `start ecr:BatchGetImage {"repositoryName":"${arn('ecr', 'repository/api')}"}`,
    `start ecr:GetDownloadUrlForLayer {"repositoryName":"${arn('ecr', 'repository/api')}"}`,
    `start secretsmanager:GetSecretValue {"SecretId":"${arn('secretsmanager', 'secret:registry-000000')}"}`,
    `start secretsmanager:GetSecretValue {"SecretId":"${secret}"}`,
    // On the whole ARN of a secret that a definition names without its last characters.
    `start secretsmanager:GetSecretValue {"SecretId":"${arn('secretsmanager', 'secret:shared/key-000000')}"}`,
    `start ssm:GetParameters {"Names":["${arn('ssm', 'parameter/a')}"],"WithDecryption":true}`,
    'start logs:CreateLogStream {"logGroupName":"/api","logStreamName":"a-stream"}',
    'start logs:PutLogEvents {"logGroupName":"/api","logStreamName":"a-stream"}',
    'f logs:CreateLogStream {"logGroupName":"/f","logStreamName":"a-stream"}',
    'f logs:PutLogEvents {"logGroupName":"/f","logStreamName":"a-stream"}',
    'sweep sqs:SendMessage {"QueueUrl":"https://sqs/events"}',
    `job states:StartExecution {"stateMachineArn":"${arn('states', 'stateMachine:job')}"}`,
    `run ecs:RunTask {"cluster":"${arn('ecs', 'cluster/c')}","taskDefinition":"${arn('ecs', 'task-definition/job:1')}"}`,
    `run ecs:DescribeTasks {"cluster":"${arn('ecs', 'cluster/c')}","tasks":["a-task"]}`,
    `run ecs:StopTask {"cluster":"${arn('ecs', 'cluster/c')}","task":"a-task"}`,
    'run events:DescribeRule {"Name":"StepFunctionsGetEventsForECSTaskRule"}',
    'run events:PutRule {"Name":"StepFunctionsGetEventsForECSTaskRule"}',
    'run events:PutTargets {"Rule":"StepFunctionsGetEventsForECSTaskRule"}',
    'release ecs:DescribeServices {"cluster":"c","services":["api"]}',
    'release ecs:CreateTaskSet {"cluster":"c","service":"api","taskDefinition":"api"}',
    'release ecs:UpdateServicePrimaryTaskSet {"cluster":"c","service":"api"}',
    'release ecs:DeleteTaskSet {"cluster":"c","service":"api","taskSet":"ecs-svc/1"}',
    'release elasticloadbalancing:DescribeListeners {}',
    'release elasticloadbalancing:DescribeRules {}',
    'release elasticloadbalancing:DescribeTargetGroups {}',
    'release elasticloadbalancing:ModifyListener {"ListenerArn":"listener"}',
    'release monitoring:DescribeAlarms {"AlarmNames":["errors"]}',
    'flow logs:DescribeLogGroups {}',
    'flow logs:DescribeLogStreams {"logGroupName":"/flows"}',
    'flow logs:CreateLogStream {"logGroupName":"/flows","logStreamName":"a-stream"}',
    'flow logs:PutLogEvents {"logGroupName":"/flows","logStreamName":"a-stream"}',
    'metrics logs:CreateLogGroup {"logGroupName":"RDSOSMetrics"}',
    'metrics logs:PutRetentionPolicy {"logGroupName":"RDSOSMetrics"}',
    'metrics logs:DescribeLogStreams {"logGroupName":"RDSOSMetrics"}',
    'metrics logs:CreateLogStream {"logGroupName":"RDSOSMetrics","logStreamName":"a-stream"}',
    'metrics logs:PutLogEvents {"logGroupName":"RDSOSMetrics","logStreamName":"a-stream"}',
  ])
})
