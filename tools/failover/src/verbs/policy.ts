import { deployment } from '@tideway/failover-lambda/deployment'
import { clusterWideTags } from '@tideway/failover-lambda/operator-settings'
import { UsageError } from '../errors'
import { exitCodes } from '../exit-codes'
import type { Verb, VerbContext } from '../verb'

interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >
}

interface Group extends Omit<Statement, 'Effect' | 'Resource'> {
  readonly on: (arns: Arns) => Statement['Resource']
  readonly condition?: (arns: Arns) => NonNullable<Statement['Condition']>
  /** Needed by AWS on top of the calls. */
  readonly isImplied?: boolean
}

type Arns = ReturnType<typeof arnsOf>

const read: readonly Group[] = [
  {
    Sid: 'FindController',
    Action: ['lambda:GetFunctionConfiguration'],
    on: ({ functionArn }) => functionArn,
  },
  {
    Sid: 'ReadServices',
    Action: ['ecs:DescribeClusters', 'ecs:DescribeServices', 'ecs:DescribeTasks'],
    on: ({ clusters, services, tasks }) => [...clusters, ...services, ...tasks],
  },
  {
    Sid: 'ListServices',
    Action: ['ecs:ListServices', 'ecs:ListTasks'],
    on: () => '*', // ECS restricts these by a condition only
    condition: ({ clusters }) => ({ ArnEquals: { 'ecs:cluster': clusters } }),
  },
  {
    Sid: 'ReadTargets',
    Action: ['elasticloadbalancing:DescribeTargetHealth'],
    on: () => '*', // takes no resource
  },
  {
    Sid: 'ReadRecords',
    Action: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
    on: ({ table }) => [table, `${table}/index/${deployment.table.index}`],
  },
  {
    Sid: 'ReadDecisions',
    Action: ['logs:FilterLogEvents'],
    // AWS checks the second form, and its reference of the action names the first.
    on: ({ logGroup }) => [logGroup, `${logGroup}:*`],
  },
  {
    Sid: 'ReadMeters',
    Action: ['cloudwatch:GetMetricData', 'ec2:DescribeInstances', 'ec2:DescribeSpotPriceHistory'],
    on: () => '*', // take no resource
  },
  {
    Sid: 'UseKey',
    Action: ['kms:Decrypt'],
    on: ({ keys }) => keys,
    condition: ({ region }) => ({
      StringEquals: {
        'kms:ViaService': [`dynamodb.${region}.amazonaws.com`, `lambda.${region}.amazonaws.com`],
      },
    }),
    isImplied: true,
  },
]

const operate: readonly Group[] = [
  {
    Sid: 'SetOperatorTags',
    Action: ['ecs:TagResource', 'ecs:UntagResource'],
    on: ({ clusters, services }) => [...clusters, ...services],
    // Not those that define a pair.
    condition: () => ({ 'ForAllValues:StringEquals': { 'aws:TagKeys': clusterWideTags } }),
  },
]

const gameday: readonly Group[] = [
  { Sid: 'SendMarkedMessages', Action: ['sqs:SendMessage'], on: ({ queue }) => queue },
  { Sid: 'StopTasks', Action: ['ecs:StopTask'], on: ({ tasks }) => tasks },
  { Sid: 'ReadAllRecords', Action: ['dynamodb:BatchGetItem'], on: ({ table }) => table },
  {
    Sid: 'LockAndRecord',
    Action: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
    on: ({ table }) => table,
    // Not the records of pairs.
    condition: ({ locks }) => ({ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': locks } }),
  },
  {
    Sid: 'ReadAlarmsAndRequests',
    Action: [
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'elasticloadbalancing:DescribeTargetGroups',
    ],
    on: () => '*', // take no resource, or many
  },
  {
    Sid: 'RunExperiments',
    Action: ['fis:GetExperiment', 'fis:StartExperiment', 'fis:StopExperiment'],
    on: ({ experiments }) => experiments,
  },
  {
    Sid: 'ListExperiments',
    Action: ['fis:ListExperimentTemplates', 'fis:ListExperiments'],
    on: () => '*', // take no resource
  },
  {
    Sid: 'TagExperiments',
    Action: ['fis:TagResource'],
    on: ({ experiments }) => experiments,
    isImplied: true,
  },
  {
    Sid: 'UseKeyOfQueue',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    on: ({ keys }) => keys,
    condition: ({ region }) => ({
      StringEquals: { 'kms:ViaService': `sqs.${region}.amazonaws.com` },
    }),
    isImplied: true,
  },
  {
    Sid: 'CreateRoleOfFirstExperiment',
    Action: ['iam:CreateServiceLinkedRole'],
    on: () => '*',
    condition: () => ({ StringEquals: { 'iam:AWSServiceName': 'fis.amazonaws.com' } }),
    isImplied: true,
  },
]

const forGameDays = ['FindController', 'ReadServices', 'ListServices', 'UseKey']

/** What the verbs need. The tests compare the actions with the calls that the verbs make. */
export const needs = {
  /** status, why, history and savings. */
  read,
  /** Those too, and hold, force, resume and dry-run. */
  operate: [...read, ...operate],
  gameday: [...read.filter(({ Sid }) => forGameDays.includes(Sid)), ...gameday],
} as const

type Need = keyof typeof needs

/** The actions of the calls, without those that AWS needs on top of them. */
export function actionsOf(need: Need): string[] {
  return needs[need].filter(({ isImplied }) => !isImplied).flatMap(({ Action }) => Action)
}

export const policy: Verb = {
  summary: 'the IAM policies that the verbs need',
  usage: `npm run failover -- policy [${Object.keys(needs).join('|')}] -c ENV [options]

Prints the IAM policy that the verbs need, and calls nothing.
read: status, why, history and savings. operate: these, hold, force, resume and
dry-run. gameday: game days. Without a name, all of them, by their names.`,
  options: {},
  isOffline: true,
  async run(context, _, [name]) {
    if (name !== undefined && !Object.hasOwn(needs, name)) {
      throw new UsageError(`policy: must be ${Object.keys(needs).join(' or ')}; got "${name}".`)
    }
    const names = Object.keys(needs) as Need[]
    const printed =
      name === undefined
        ? Object.fromEntries(names.map((each) => [each, policyOf(each, context)]))
        : policyOf(name as Need, context)
    context.print(JSON.stringify(printed, null, 2))
    return exitCodes.fine
  },
}

function policyOf(need: Need, context: VerbContext) {
  const arns = arnsOf(context)
  return {
    Version: '2012-10-17',
    Statement: needs[need].map(
      ({ Sid, Action, on, condition }): Statement => ({
        Sid,
        Effect: 'Allow',
        Action,
        Resource: on(arns),
        ...(condition && { Condition: condition(arns) }),
      }),
    ),
  }
}

function arnsOf({ region, account, controller }: VerbContext) {
  const { clusters, tableName, functionName, logGroupName } = controller
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`
  return {
    region,
    functionArn: arn('lambda', `function:${functionName}`),
    logGroup: arn('logs', `log-group:${logGroupName}`),
    table: arn('dynamodb', `table/${tableName}`),
    keys: arn('kms', 'key/*'),
    queue: arn('sqs', functionName),
    locks: clusters.map((name) => `${name}/#game-day`),
    experiments: ['experiment', 'experiment-template'].map((kind) => arn('fis', `${kind}/*`)),
    clusters: clusters.map((name) => arn('ecs', `cluster/${name}`)),
    services: clusters.map((name) => arn('ecs', `service/${name}/*`)),
    tasks: clusters.map((name) => arn('ecs', `task/${name}/*`)),
  }
}
