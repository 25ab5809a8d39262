import type { Environment } from './environment'
import { type Problem, throwIfInvalid } from './problems'

/** The longest name that AWS allows for each type. A longer one would fail only at apply. */
const maxLengths = {
  aws_autoscaling_group: 255,
  aws_cloudfront_origin_access_control: 64,
  aws_cloudfront_response_headers_policy: 128,
  aws_cloudwatch_event_rule: 64,
  aws_cloudwatch_log_delivery_destination: 60,
  aws_cloudwatch_log_delivery_source: 60,
  aws_cloudwatch_log_resource_policy: 255,
  aws_cloudwatch_metric_alarm: 255,
  aws_codedeploy_app: 100,
  aws_codedeploy_deployment_group: 100,
  aws_db_subnet_group: 255,
  aws_dynamodb_table: 255,
  aws_ecr_repository: 256,
  aws_ecs_capacity_provider: 255,
  aws_ecs_cluster: 255,
  aws_ecs_service: 255,
  aws_ecs_task_definition: 255,
  aws_elasticache_replication_group: 40,
  aws_elasticache_subnet_group: 255,
  aws_elasticache_user: 40,
  aws_elasticache_user_group: 40,
  aws_iam_instance_profile: 128,
  aws_iam_policy: 128,
  aws_iam_role: 64,
  aws_lambda_function: 64,
  aws_launch_template: 128,
  aws_lb: 32,
  aws_lb_target_group: 32,
  aws_rds_cluster: 63,
  aws_rds_cluster_parameter_group: 255,
  aws_s3_bucket: 63,
  aws_security_group: 255,
  aws_sfn_state_machine: 80,
  aws_scheduler_schedule: 64,
  aws_sns_topic: 256,
  aws_sqs_queue: 80,
  aws_wafv2_web_acl: 128,
} as const satisfies Record<string, number>

export type NamedType = keyof typeof maxLengths

/**
 * The name of every resource: `tideway-<environment>-<part>`, checked against the limits of its type.
 *
 * @param path the construct that needs the name, for the message
 */
export function nameOf(
  environment: Environment,
  type: NamedType,
  part: string,
  path: string,
): string {
  return checkedName(`tideway-${environment.name}`, type, part, path)
}

/** With a longer one, the names of event rules and roles do not fit. */
export const maxPrefixLength = 37

/** `<prefix>-<part>`, checked against the limits of its type. A prefix that only an apply knows is the longest one. */
export function checkedName(prefix: string, type: NamedType, part: string, path: string): string {
  const maxLength = maxLengths[type]
  const name = `${prefix}-${part}`
  const longest = name.replace(/\$\{[^}]*\}/g, 'x'.repeat(maxPrefixLength))
  const problems: Problem[] = []
  const add = (must: string, fix: string) =>
    problems.push({ path: `${path} (name of ${type})`, must, got: name, fix })
  if (longest.length > maxLength) {
    add(
      `have ${maxLength} characters at most, and this has ${longest.length}`,
      `Shorten "${part}" by ${longest.length - maxLength} or more.`,
    )
  }
  if (!isName(longest)) {
    add(
      'consist of lower-case letters, digits and single hyphens, starting with a letter',
      `Rename "${part}".`,
    )
  }
  throwIfInvalid(problems)
  return name
}

/** Lower-case letters, digits and single hyphens, starting with a letter: what AWS accepts everywhere. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z](-?[a-z0-9])*$/.test(value)
}

/** `plan` is read-only, for pull requests; `deploy` changes the stack. */
export type CiRoleKind = 'plan' | 'deploy'

/** The name of a stack's CI role, which the bootstrap creates and CI assumes. */
export function ciRoleName(environment: Environment, stack: string, kind: CiRoleKind): string {
  return nameOf(environment, 'aws_iam_role', `ci-${stack}-${kind}`, `the role of CI for ${stack}`)
}

/** Bucket names are global: the account makes them unique. */
export function bucketName(environment: Environment, contents: string, path: string): string {
  return nameOf(environment, 'aws_s3_bucket', `${contents}-${environment.account}`, path)
}

/** The alias of a key, in the form of KMS. */
export function keyAlias({ name }: Pick<Environment, 'name'>, stack: string, of: string): string {
  return `alias/tideway-${name}-${stack}-${of}`
}
