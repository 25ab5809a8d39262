import type { AccessRequest } from '@tideway/constructs/iam-evaluator'
import { formTree } from '@tideway/spot-simulator'
import { type AwsRequest, formInput, jsonInput } from '../gateway/aws-request'
import { account } from '../patches/account'

type Input = Readonly<Record<string, unknown>>

/** What a call needs to know of what is there. */
export interface Surroundings {
  /** The tags of an ECS service, by its ARN. */
  tagsOf(serviceArn: string): Readonly<Record<string, string>>
  /** The roles that a task definition hands on. */
  rolesOf(taskDefinition: string): readonly string[]
  /** The key that a queue or a topic is encrypted with. */
  keyOf(arn: string): string | undefined
}

/**
 * Everything that IAM would ask before it lets a call of a function through: the actions, on what, and in what
 * surroundings. A service that is not here is one that no function calls yet.
 */
export function accessesOf(request: AwsRequest, around: Surroundings): AccessRequest[] {
  const { service, operation } = request
  const of = services[service]
  if (of === undefined) {
    throw new Error(`a function called ${service}, whose rights access.ts does not know`)
  }
  const action = `${service}:${operation}`
  return of(operation, inputOf(request), around).map((access) => ({
    action,

    ...access,
  }))
}

function inputOf(request: AwsRequest): Input {
  return request.headers['x-amz-target'] === undefined
    ? formTree(formInput(request))
    : jsonInput(request)
}

type Needed = Pick<AccessRequest, 'resource'> & Partial<AccessRequest>

const services: Readonly<
  Record<string, (operation: string, input: Input, around: Surroundings) => Needed[]>
> = {
  ecs: (operation, input, around) => {
    const cluster = nameIn(input.cluster)
    const inCluster = { 'ecs:cluster': arnOf('ecs', `cluster/${cluster}`) }
    const each = (kind: string, names: unknown) =>
      listOf(names).map((name) => ({
        resource: arnOf('ecs', `${kind}/${cluster}/${nameIn(name)}`),
        context: inCluster,
      }))
    switch (operation) {
      case 'DescribeServices':
        return each('service', input.services)
      case 'DescribeTasks':
        return each('task', input.tasks)
      case 'ListServices':
        return [{ resource: '*', context: inCluster }]
      case 'ListTasks':
        return [{ resource: arnOf('ecs', `container-instance/${cluster}/*`), context: inCluster }]
      case 'UpdateService': {
        const [needed = { resource: '*', context: inCluster }] = each('service', [input.service])
        const tags = Object.entries(around.tagsOf(needed.resource)).map(
          ([key, value]) => [`aws:ResourceTag/${key}`, value] as const,
        )
        const context = { ...inCluster, ...Object.fromEntries(tags) }
        return [{ ...needed, context }, ...passedRoles(input.taskDefinition, around)]
      }
      default:
        return [{ resource: inCluster['ecs:cluster'], context: inCluster }]
    }
  },
  elasticloadbalancing: (operation, input) => [
    { resource: operation.startsWith('Describe') ? '*' : String(input.TargetGroupArn) },
  ],
  dynamodb: (_, { TableName, IndexName, RequestItems }) => {
    const tables = TableName === undefined ? Object.keys(RequestItems as object) : [TableName]
    const index = IndexName === undefined ? '' : `/index/${IndexName}`
    return tables.map((name) => ({ resource: arnOf('dynamodb', `table/${name}${index}`) }))
  },
  sqs: (operation, { QueueUrl }, around) => {
    const resource = arnOf('sqs', nameIn(QueueUrl))
    // A batch is allowed by what one message needs.
    const action = `sqs:${operation.replace(/Batch$/, '')}`
    return [{ resource, action }, ...encrypting(resource, around)]
  },
  sns: (_, { TopicArn }, around) => {
    const resource = String(TopicArn)
    return [{ resource }, ...encrypting(resource, around)]
  },
}

/** Whoever gives a task definition to a service hands its roles on. */
function passedRoles(taskDefinition: unknown, around: Surroundings): Needed[] {
  if (taskDefinition === undefined) return []
  return around.rolesOf(String(taskDefinition)).map((resource) => ({
    action: 'iam:PassRole',
    resource,
    context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
  }))
}

/** What a sender needs of the key of a queue or topic. */
function encrypting(arn: string, around: Surroundings): Needed[] {
  const resource = around.keyOf(arn)
  if (resource === undefined) return []
  return ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => ({ action, resource }))
}

function arnOf(service: string, rest: string): string {
  return `arn:aws:${service}:${account.region}:${account.id}:${rest}`
}

/** The last part of an ARN or URL, or the name itself. */
function nameIn(reference: unknown): string {
  return (
    String(reference ?? 'default')
      .split('/')
      .at(-1) ?? ''
  )
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
