import type { Values } from '@tideway/constructs/references'
import { account } from '../patches/account'
import { scalableTargetArn } from '../scaling/deployed-scaling'

/** The address of a resource in the JSON, which replaces a missing name. */
export const address = Symbol('address')

/** A resource, as synthesized. */
export type Block = Values & { readonly [address]?: string }

/** Only these attributes, because others may refer back to the resource. */
const identifying = [
  'name',
  'family',
  'function_name',
  'role',
  'alarm_name',
  'bucket',
  'app_name',
  'deployment_config_name',
  'deployment_group_name',
  'resource_id',
  'scalable_dimension',
  'service_namespace',
]

export function identifyingAttributes(block: Values): Values {
  return Object.fromEntries(
    Object.entries(block).filter(
      ([name, value]) => identifying.includes(name) && value !== undefined,
    ),
  )
}

/** An attribute. Derives those that AWS assigns. */
export function attributeOf(type: string, block: Block, attribute: string): string {
  if (attribute === 'arn') return arnOf(type, block)
  // `app/name/0000000000000000`, as the dimensions of metrics have it.
  if (attribute === 'arn_suffix') return arnOf(type, block).replace(/^.*:(loadbalancer\/)?/, '')
  const host = hostNames[`${type}.${attribute}`]
  if (host !== undefined) return host(nameOf(block))
  const isUrl = attribute === 'url' || (attribute === 'id' && type === 'aws_sqs_queue')
  if (isUrl) return urlOf(block)
  return String((attribute === 'id' ? undefined : block[attribute]) ?? nameOf(block))
}

export function arnOf(type: string, block: Block): string {
  if (type === 'aws_appautoscaling_target') {
    return scalableTargetArn({
      ServiceNamespace: String(block.service_namespace),
      ResourceId: String(block.resource_id),
      ScalableDimension: String(block.scalable_dimension),
    })
  }
  const name = nameOf(block)
  return `arn:aws:${arnFormats[type]?.(name) ?? `${type}:${here}:${name}`}`
}

export function urlOf(queue: Block): string {
  return `https://sqs.${account.region}.amazonaws.com/${account.id}/${nameOf(queue)}`
}

function nameOf(block: Block): string {
  return String(block.name ?? block.function_name ?? block.family ?? block.bucket ?? block[address])
}

const here = `${account.region}:${account.id}`

/** The names that AWS gives to what requests reach. */
const hostNames: Readonly<Record<string, (name: string) => string>> = {
  'aws_cloudfront_distribution.domain_name': (name) =>
    `${name.replaceAll(/\W+/g, '-').toLowerCase()}.cloudfront.net`,
  'aws_lb.dns_name': (name) => `${name}-1.${account.region}.elb.amazonaws.com`,
  'aws_s3_bucket.bucket_domain_name': (name) => `${name}.s3.amazonaws.com`,
  'aws_s3_bucket.bucket_regional_domain_name': (name) =>
    `${name}.s3.${account.region}.amazonaws.com`,
}

const arnFormats: Readonly<Record<string, (name: string) => string>> = {
  aws_autoscaling_group: (name) =>
    `autoscaling:${here}:autoScalingGroup:local:autoScalingGroupName/${name}`,
  aws_cloudfront_distribution: (name) => `cloudfront::${account.id}:distribution/${name}`,
  aws_cloudwatch_event_rule: (name) => `events:${here}:rule/${name}`,
  aws_dynamodb_table: (name) => `dynamodb:${here}:table/${name}`,
  aws_ecs_cluster: (name) => `ecs:${here}:cluster/${name}`,
  aws_ecs_task_definition: (name) => `ecs:${here}:task-definition/${name}:1`,
  aws_iam_role: (name) => `iam::${account.id}:role/${name}`,
  aws_kms_key: (name) => `kms:${here}:key/${name}`,
  aws_lambda_function: (name) => `lambda:${here}:function:${name}`,
  aws_lb: (name) => `elasticloadbalancing:${here}:loadbalancer/app/${name}/0000000000000000`,
  aws_lb_target_group: (name) =>
    `elasticloadbalancing:${here}:targetgroup/${name}/0000000000000000`,
  aws_sfn_state_machine: (name) => `states:${here}:stateMachine:${name}`,
  aws_s3_bucket: (name) => `s3:::${name}`,
  aws_sns_topic: (name) => `sns:${here}:${name}`,
  aws_sqs_queue: (name) => `sqs:${here}:${name}`,
}
