import type { Environment } from './environment'
import { throwIfInvalid } from './problems'

interface NameRule {
  readonly longest: number
  readonly form: RegExp
  readonly formInWords: string
}

const hyphenated = {
  form: /^[a-z](-?[a-z0-9])*$/,
  formInWords: 'lower-case letters, digits and single hyphens, starting with a letter',
}

/** What AWS allows for the name of each type. Too long a name otherwise fails only at apply. */
const nameRules = {
  aws_autoscaling_group: { longest: 255, ...hyphenated },
  aws_cloudfront_origin_access_control: { longest: 64, ...hyphenated },
  aws_cloudfront_response_headers_policy: { longest: 128, ...hyphenated },
  aws_cloudwatch_event_rule: { longest: 64, ...hyphenated },
  aws_cloudwatch_log_delivery_destination: { longest: 60, ...hyphenated },
  aws_cloudwatch_log_delivery_source: { longest: 60, ...hyphenated },
  aws_cloudwatch_log_resource_policy: { longest: 255, ...hyphenated },
  aws_cloudwatch_metric_alarm: { longest: 255, ...hyphenated },
  aws_codedeploy_app: { longest: 100, ...hyphenated },
  aws_codedeploy_deployment_group: { longest: 100, ...hyphenated },
  aws_db_subnet_group: { longest: 255, ...hyphenated },
  aws_dynamodb_table: { longest: 255, ...hyphenated },
  aws_ecr_repository: { longest: 256, ...hyphenated },
  aws_ecs_capacity_provider: { longest: 255, ...hyphenated },
  aws_ecs_cluster: { longest: 255, ...hyphenated },
  aws_ecs_service: { longest: 255, ...hyphenated },
  aws_ecs_task_definition: { longest: 255, ...hyphenated },
  aws_elasticache_replication_group: { longest: 40, ...hyphenated },
  aws_elasticache_subnet_group: { longest: 255, ...hyphenated },
  aws_elasticache_user: { longest: 40, ...hyphenated },
  aws_elasticache_user_group: { longest: 40, ...hyphenated },
  aws_iam_instance_profile: { longest: 128, ...hyphenated },
  aws_iam_policy: { longest: 128, ...hyphenated },
  aws_iam_role: { longest: 64, ...hyphenated },
  aws_lambda_function: { longest: 64, ...hyphenated },
  aws_launch_template: { longest: 128, ...hyphenated },
  aws_lb: { longest: 32, ...hyphenated },
  aws_lb_target_group: { longest: 32, ...hyphenated },
  aws_rds_cluster: { longest: 63, ...hyphenated },
  aws_rds_cluster_parameter_group: { longest: 255, ...hyphenated },
  aws_s3_bucket: { longest: 63, ...hyphenated },
  aws_security_group: { longest: 255, ...hyphenated },
  aws_sfn_state_machine: { longest: 80, ...hyphenated },
  aws_scheduler_schedule: { longest: 64, ...hyphenated },
  aws_sns_topic: { longest: 256, ...hyphenated },
  aws_sqs_queue: { longest: 80, ...hyphenated },
  aws_wafv2_web_acl: { longest: 128, ...hyphenated },
} as const satisfies Record<string, NameRule>

export type NamedType = keyof typeof nameRules

/**
 * The one place that names things: `tideway-<environment>-<part>`, checked against the limit of the type.
 *
 * @param path the construct that asks, for the message
 */
export function nameOf(environment: Environment, type: NamedType, part: string, path: string) {
  const { longest, form, formInWords } = nameRules[type]
  const name = `tideway-${environment.name}-${part}`
  const problems = []
  if (name.length > longest) {
    problems.push({
      path: `${path} (name of ${type})`,
      must: `have ${longest} characters at most, and this has ${name.length}`,
      got: name,
      fix: `Shorten "${part}" by ${name.length - longest} or more.`,
    })
  }
  if (!form.test(name)) {
    problems.push({
      path: `${path} (name of ${type})`,
      must: `consist of ${formInWords}`,
      got: name,
      fix: `Rename "${part}".`,
    })
  }
  throwIfInvalid(problems)
  return name
}

/** `plan` only reads, and is what a pull request gets; `deploy` changes the stack. */
export type CiRoleKind = 'plan' | 'deploy'

/** The role that CI has for a stack: the bootstrap makes it, and CI takes it by this name. */
export function ciRoleName(environment: Environment, stack: string, kind: CiRoleKind): string {
  return nameOf(environment, 'aws_iam_role', `ci-${stack}-${kind}`, `the role of CI for ${stack}`)
}

/** Bucket names are shared by the whole world: the account makes ours unique. */
export function bucketName(environment: Environment, contents: string, path: string): string {
  return nameOf(environment, 'aws_s3_bucket', `${contents}-${environment.account}`, path)
}

/** The alias of a key, as KMS writes it. */
export function keyAlias({ name }: Pick<Environment, 'name'>, stack: string, of: string): string {
  return `alias/tideway-${name}-${stack}-${of}`
}
