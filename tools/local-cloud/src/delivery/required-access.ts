import type { AccessRequest } from '@tideway/constructs/iam-evaluator'
import { formTree } from '@tideway/spot-simulator'
import { type AwsRequest, formInput, jsonInput } from '../gateway/aws-request'
import { localArn } from '../patches/account'
import { nameOf } from '../patches/ecs'

type Input = Readonly<Record<string, unknown>>

/** The deployed resources that a call refers to. */
export interface ReferredResources {
  /** The tags of an ECS service, by its ARN. */
  tagsOf(serviceArn: string): Readonly<Record<string, string>>
  /** The task role and the execution role of a task definition. */
  rolesOf(taskDefinition: string): readonly string[]
  /** The key that encrypts a queue or a topic. */
  keyOf(arn: string): string | undefined
}

/** Everything that the role of a caller must allow for a call. Throws for services that no function calls yet. */
export function requiredAccess(request: AwsRequest, referred: ReferredResources): AccessRequest[] {
  const { service, operation, headers } = request
  const required = services[service]
  if (required === undefined) {
    throw new Error(`it calls ${service}, whose permissions are missing in required-access.ts`)
  }
  const isForm = headers['x-amz-target'] === undefined
  const input = isForm ? formTree(formInput(request)) : jsonInput(request)
  const action = `${service}:${operation}`
  return required(operation, input, referred).map((access) => ({ action, ...access }))
}

/** One request for each action. */
export function accessTo(
  resource: string,
  actions: readonly string[],
  rest: Pick<AccessRequest, 'principal' | 'context'> = {},
): AccessRequest[] {
  return actions.map((action) => ({ action, resource, ...rest }))
}

/** The actions that a sender to an encrypted queue or topic needs on its key. */
export const senderKeyActions = ['kms:Decrypt', 'kms:GenerateDataKey']

type Required = Pick<AccessRequest, 'resource'> & Partial<AccessRequest>

const services: Readonly<
  Record<string, (operation: string, input: Input, referred: ReferredResources) => Required[]>
> = {
  ecs: (operation, input, referred) => {
    const cluster = nameOf(input.cluster)
    const context = { 'ecs:cluster': localArn('ecs', `cluster/${cluster}`) }
    const each = (kind: string, names: unknown) =>
      (Array.isArray(names) ? names : []).map((name) => ({
        resource: localArn('ecs', `${kind}/${cluster}/${nameOf(name)}`),
        context,
      }))
    switch (operation) {
      case 'DescribeClusters':
        return (input.clusters as readonly string[]).map((name) => ({
          resource: localArn('ecs', `cluster/${nameOf(name)}`),
        }))
      case 'DescribeServices':
        return each('service', input.services)
      case 'DescribeTasks':
        return each('task', input.tasks)
      case 'ListServices':
        return [{ resource: '*', context }]
      case 'ListTasks':
        return [{ resource: localArn('ecs', `container-instance/${cluster}/*`), context }]
      case 'UpdateService':
        return each('service', [input.service]).flatMap(({ resource }) => {
          const tags = Object.entries(referred.tagsOf(resource)).map(
            ([key, value]) => [`aws:ResourceTag/${key}`, value] as const,
          )
          return [
            { resource, context: { ...context, ...Object.fromEntries(tags) } },
            ...passedRoles(input.taskDefinition, referred),
          ]
        })
      default:
        return [{ resource: context['ecs:cluster'], context }]
    }
  },
  elasticloadbalancing: (operation, input) => [
    { resource: operation.startsWith('Describe') ? '*' : String(input.TargetGroupArn) },
  ],
  dynamodb: (_, { TableName, IndexName, RequestItems }) => {
    const tables = TableName === undefined ? Object.keys(RequestItems as object) : [TableName]
    const index = IndexName === undefined ? '' : `/index/${IndexName}`
    return tables.map((name) => ({ resource: localArn('dynamodb', `table/${name}${index}`) }))
  },
  sqs: (operation, { QueueUrl }, referred) => {
    const resource = localArn('sqs', nameOf(QueueUrl))
    // IAM has no actions for batches: the action of a single message covers them.
    const action = `sqs:${operation.replace(/Batch$/, '')}`
    return [{ resource, action }, ...keyAccess(resource, referred)]
  },
  sns: (_, { TopicArn }, referred) => {
    const resource = String(TopicArn)
    return [{ resource }, ...keyAccess(resource, referred)]
  },
}

/** ECS requires PassRole from a caller that sets a task definition. */
function passedRoles(taskDefinition: unknown, referred: ReferredResources): AccessRequest[] {
  if (taskDefinition === undefined) return []
  const context = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' }
  return referred
    .rolesOf(String(taskDefinition))
    .flatMap((role) => accessTo(role, ['iam:PassRole'], { context }))
}

function keyAccess(arn: string, referred: ReferredResources): AccessRequest[] {
  const key = referred.keyOf(arn)
  return key === undefined ? [] : accessTo(key, senderKeyActions)
}
