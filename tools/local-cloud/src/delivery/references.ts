import { account } from '../patches/account'

/** What stands between two braces in Terraform's JSON. */
export type Block = Readonly<Record<string, unknown>>

/** Where a resource stands, for those without a name. */
export const address = Symbol('address')

/** Only what ARNs are made of: the rest may refer back. */
export function named({ name, family, function_name, role }: Block): Block {
  return Object.fromEntries(
    Object.entries({ name, family, function_name, role }).filter(
      ([, value]) => value !== undefined,
    ),
  )
}

export function attributeOf(type: string, resource: Block, attribute: string): string {
  switch (attribute) {
    case 'arn':
      return arnOf(type, resource)
    case 'url':
      return urlOf(resource)
    case 'id':
      return type === 'aws_sqs_queue' ? urlOf(resource) : nameOf(resource)
    default:
      return String(resource[attribute] ?? nameOf(resource))
  }
}

function nameOf(resource: Block): string {
  const { name, family, function_name } = resource
  const own = (resource as { readonly [address]?: string })[address]
  return String(name ?? function_name ?? family ?? own)
}

export function arnOf(type: string, resource: Block): string {
  const name = nameOf(resource)
  const of = (service: string, rest: string) =>
    `arn:aws:${service}:${account.region}:${account.id}:${rest}`
  switch (type) {
    case 'aws_autoscaling_group':
      return of('autoscaling', `autoScalingGroup:local:autoScalingGroupName/${name}`)
    case 'aws_cloudwatch_event_rule':
      return of('events', `rule/${name}`)
    case 'aws_dynamodb_table':
      return of('dynamodb', `table/${name}`)
    case 'aws_ecs_cluster':
      return of('ecs', `cluster/${name}`)
    case 'aws_ecs_task_definition':
      return of('ecs', `task-definition/${name}:1`)
    case 'aws_iam_role':
      return `arn:aws:iam::${account.id}:role/${name}`
    case 'aws_kms_key':
      return of('kms', `key/${name}`)
    case 'aws_lambda_function':
      return of('lambda', `function:${name}`)
    case 'aws_lb_target_group':
      return of('elasticloadbalancing', `targetgroup/${name}/0000000000000000`)
    case 'aws_sns_topic':
    case 'aws_sqs_queue':
      return of(type === 'aws_sns_topic' ? 'sns' : 'sqs', name)
    default:
      return of(type, name)
  }
}

export function urlOf(queue: Block): string {
  return `https://sqs.${account.region}.amazonaws.com/${account.id}/${nameOf(queue)}`
}
