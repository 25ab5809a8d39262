import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildZip } from '@tideway/failover-lambda/build'
import { deployment } from '@tideway/failover-lambda/deployment'
import { App, type TerraformElement, TerraformStack, Token } from 'cdktf'
import type { Node } from 'constructs'
import { SpotFailover } from '../failover'
import { locals, variablesOfSettings } from './locals'
import { preconditions } from './preconditions'
import { readme } from './readme'
import { expression, symbolicPrimary } from './symbolic-primary'
import { moduleVariables } from './variables'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Block = { [key: string]: Json }
type Resources = Record<string, Record<string, Block>>

/** Versions with every function and block of the module. OpenTofu has them since its first release. */
const versions = {
  required_version: '>= 1.6',
  required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.100' } },
}

/** The files of the module, by name. The same source produces the same bytes. */
export function moduleFiles(): Record<string, string | Buffer> {
  const resource = resourcesOfFailover()
  const computed = finish(resource)
  const outputs = outputsOf(resource)
  return {
    // The ARNs of constructs are those of the partition aws.
    'main.tf.json': json({
      data: {
        aws_caller_identity: { current: {} },
        aws_partition: { current: {} },
        aws_region: { current: {} },
      },
      locals: { ...locals, ...computed },
      resource,
    }).replaceAll('arn:aws:', `arn:${expression('local.partition')}:`),
    'variables.tf.json': json({ variable: moduleVariables }),
    'outputs.tf.json': json({ output: outputs }),
    'versions.tf.json': json({ terraform: versions }),
    'failover.zip': readFileSync(buildZip()),
    'README.md': readme({ variables: moduleVariables, outputs, ...versions }),
  }
}

function json(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`
}

/** Names resources by their constructs, without a hash: the names are in the state of everybody who uses the module. */
export class ModuleStack extends TerraformStack {
  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const { path } = 'node' in element ? element.node : element
    return path
      .split('/')
      .slice(2)
      .join('_')
      .replace(symbolicPrimary.name, 'each')
      .replace(/-0$/, '')
      .replace(/-/g, '_')
  }
}

/** The resources of SpotFailover for one primary that stands for each of `var.services`. */
function resourcesOfFailover(): Resources {
  const number = (text: string) => Token.asNumber(expression(text))
  const outdir = join(__dirname, '../../dist/cdktf')
  mkdirSync(outdir, { recursive: true })
  const stack = new ModuleStack(new App({ outdir }), 'module')
  new SpotFailover(stack, 'failover', {
    cluster: expression('var.cluster_name'),
    account: expression('local.account'),
    region: expression('local.region'),
    prefix: expression('local.prefix'),
    permissionsBoundaryArn: expression('var.permissions_boundary_arn'),
    alarmEmails: [expression('each.value')],
    runbooks: expression('var.runbooks'),
    logRetentionDays: number('var.log_retention_days'),
    standbyHours: number('var.standby_hours'),
    maxCoverDollarsPerHour: 1,
    gameDay: 'on',
    standbySuffix: expression('var.standby_suffix'),
    primaries: [symbolicPrimary],
    // For a tag of each kind: the values are expressions of locals.
    preferences: {
      [symbolicPrimary.name]: {
        atNotice: 'leave',
        prefer: 'balance',
        slowestRequestSeconds: 5,
        stopSeconds: 30,
        maxCoverDollarsPerHour: 1,
      },
    },
  })
  return JSON.parse(JSON.stringify(stack.toTerraform().resource))
}

const fargate = 'startswith(lower(each.value.standbyProvider), "fargate")'

/** The blocks of a standby that are there for each item of a list of its primary. */
const dynamicBlocks: Readonly<Record<string, string>> = {
  load_balancer: 'each.value.loadBalancers',
  network_configuration: 'each.value.network[*]',
  service_registries: 'each.value.registries',
  service_connect_configuration: 'each.value.connectNamespace[*]',
  placement_constraints: `[for item in each.value.placementConstraints : item if !${fargate}]`,
  ordered_placement_strategy: `[for item in each.value.placementStrategy : item if !${fargate}]`,
}

/** Puts expressions in the place of what a construct decides in TypeScript. Returns locals that it needs. */
function finish(resource: Resources): Record<string, Json> {
  for (const [type, blocks] of Object.entries(resource)) {
    for (const [name, block] of Object.entries(blocks)) {
      delete block['//']
      finishBlock(type, name, block)
    }
  }
  // Nothing is created before the key.
  const [key = {}] = Object.values(resource.aws_kms_key ?? {})
  key.lifecycle = { ...(key.lifecycle as Block), precondition: preconditions }
  makeRuleConditional(resource, 'launch_failure', 'length(local.spot_groups) > 0')
  finishGameDay(resource)
  return { ...functionVariables(resource), ...textsWithLists(resource) }
}

function finishBlock(type: string, name: string, block: Block): void {
  switch (type) {
    case 'aws_ecs_service':
      finishStandby(block)
      break
    case 'aws_ecs_tag':
      block.for_each = expression(`local.primary_tags["${block.key}"]`)
      block.value = expression('each.value')
      break
    case 'aws_cloudwatch_metric_alarm':
      if (name.startsWith('alarms_each_')) block.for_each = expression('local.services')
      block.alarm_description = withOptionalPage(`${block.alarm_description}`)
      break
    case 'aws_sns_topic_subscription':
      block.for_each = expression('toset(var.alarm_emails)')
      break
    case 'aws_lambda_function':
      finishFunction(block)
      break
    case 'aws_kms_key':
      block.deletion_window_in_days = expression('var.protect_data ? 30 : 7')
      break
    case 'aws_dynamodb_table':
      block.deletion_protection_enabled = expression('var.protect_data')
      break
  }
}

/** Without `runbooks`, a description ends before the address of its page. */
function withOptionalPage(description: string): string {
  const without = description.replace(/\.? What to do: \S+$/, '')
  return expression(`var.runbooks == null ? "${without}" : "${description}"`)
}

function finishStandby(block: Block): void {
  block.for_each = expression('local.created')
  block.platform_version = expression(`${fargate} ? each.value.platformVersion : null`)
  block.availability_zone_rebalancing = expression(
    `${fargate} || length(each.value.placementConstraints) + length(each.value.placementStrategy) == 0 ? "ENABLED" : "DISABLED"`,
  )
  const tags = block.tags as Block
  for (const key of Object.keys(tags)) {
    if (key.endsWith('task-price')) tags[key] = expression('local.task_prices[each.key]')
  }
  const dynamic: Block = {}
  for (const [type, list] of Object.entries(dynamicBlocks)) {
    const content = [block[type]].flat()[0] as Json
    delete block[type]
    dynamic[type] = { for_each: expression(list), content }
  }
  block.dynamic = dynamic
}

function finishFunction(block: Block): void {
  block.filename = '${path.module}/failover.zip'
  block.reserved_concurrent_executions = expression(
    `var.reserve_concurrency ? ${deployment.mapping.maximumConcurrency} : null`,
  )
}

/** The environment variables of the functions, as locals: those that are null are not set. */
function functionVariables(resource: Resources): Record<string, Json> {
  const found: Record<string, Json> = {}
  for (const [name, block] of Object.entries(resource.aws_lambda_function ?? {})) {
    const environment = block.environment as { variables: Json }
    found[`${name}_variables`] = { ...(environment.variables as Block), ...variablesOfSettings }
    environment.variables = expression(
      `{ for name, value in local.${name}_variables : name => value if value != null }`,
    )
  }
  return found
}

/** A template for each Spot group, and their role if there is one. */
function finishGameDay(resource: Resources): void {
  const condition = 'var.game_day && length(local.spot_groups) > 0'
  const count = expression(`${condition} ? 1 : 0`)
  const name = 'game_day_failover_game_day_role'
  const role = `aws_iam_role.${name}`
  for (const type of ['aws_iam_role', 'aws_iam_role_policy']) {
    for (const [key, block] of Object.entries(resource[type] ?? {})) {
      if (key === name || block.role === expression(`${role}.name`)) block.count = count
      if (block.role === expression(`${role}.name`)) block.role = expression(`${role}[0].name`)
    }
  }
  const templates = resource.aws_fis_experiment_template ?? {}
  for (const [key, template] of Object.entries(templates)) {
    const text = JSON.stringify(template)
      .replaceAll(expression('flatten(keys(local.spot_groups))'), expression('each.key'))
      .replace(expression(`${role}.arn`), () => expression(`${role}[0].arn`))
    // The constructs of a module stand for one group.
    templates[key] = {
      ...JSON.parse(text),
      for_each: expression(
        `{ for name, provider in local.spot_groups : name => provider if var.game_day }`,
      ),
    }
  }
}

/** A rule that is there only in some clusters, and all that refers to it. */
function makeRuleConditional(resource: Resources, rule: string, condition: string): void {
  const address = `aws_cloudwatch_event_rule.${rule}`
  const count = expression(`${condition} ? 1 : 0`)
  const block = resource.aws_cloudwatch_event_rule?.[rule]
  if (block === undefined)
    throw new Error(
      `the failover has no rule ${rule}: ${Object.keys(resource.aws_cloudwatch_event_rule ?? {})}`,
    )
  block.count = count
  for (const target of Object.values(resource.aws_cloudwatch_event_target ?? {})) {
    if (target.rule !== expression(`${address}.name`)) continue
    target.count = count
    target.rule = expression(`${address}[0].name`)
  }
  for (const policy of Object.values(resource.aws_sqs_queue_policy ?? {})) {
    const arns = expression(`flatten(${address}[*].arn)`)
    policy.policy = `${policy.policy}`.replace(expression(`${address}.arn`), () => arns)
  }
  for (const alarm of Object.values(resource.aws_cloudwatch_metric_alarm ?? {})) {
    const queries = (alarm.metric_query ?? []) as Json[]
    const name = expression(`${address}.name`)
    const [query] = queries.filter((each) => JSON.stringify(each).includes(name))
    if (query === undefined) continue
    alarm.metric_query = queries.filter((each) => each !== query)
    const content = JSON.parse(
      JSON.stringify(query).replace(name, () => expression('metric_query.value')),
    )
    const names = expression(`${address}[*].name`)
    alarm.dynamic = { metric_query: { for_each: names, content } }
  }
}

/** Unwraps the lists of `listOf`. A text in JSON with such lists becomes a local, which Terraform encodes. */
function textsWithLists(resource: Resources): Record<string, Json> {
  const texts: Record<string, Json> = {}
  for (const blocks of Object.values(resource)) {
    for (const [name, block] of Object.entries(blocks)) {
      for (const [attribute, value] of Object.entries(block)) {
        if (typeof value !== 'string' || !/^\{.*\$\{flatten\(/s.test(value)) {
          block[attribute] = withLists(value)
          continue
        }
        const local = `${name}_${attribute}`
        const content = withLists(JSON.parse(value)) as Block
        texts[local] = content
        block[attribute] = expression(
          'Statement' in content
            ? // AWS rejects a statement without resources.
              `jsonencode(merge(local.${local}, { Statement = [for s in local.${local}.Statement : s if length(flatten([s.Resource])) > 0] }))`
            : `jsonencode(local.${local})`,
        )
      }
    }
  }
  return texts
}

function withLists(value: Json): Json {
  if (Array.isArray(value)) {
    const isList = value.some((item) => typeof item === 'string' && item.startsWith('${flatten('))
    if (!isList) return value.map(withLists)
    const items = value.map((item) => `${item}`.replace(/^\$\{(.*)\}$/s, '$1'))
    return expression(items.length === 1 ? `${items[0]}` : `flatten([${items.join(', ')}])`)
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withLists(item)]))
}

interface Output {
  readonly description: string
  readonly value: string
}

function outputsOf(resource: Resources): Record<string, Output> {
  const attribute = (type: string, name: string) => {
    const [id] = Object.keys(resource[type] ?? {})
    return expression(`${type}.${id}.${name}`)
  }
  const functions = Object.entries(resource.aws_lambda_function ?? {}).map(
    ([id]) => `aws_lambda_function.${id}.function_name`,
  )
  return {
    dashboard_name: {
      description: 'The dashboard for those on call.',
      value: attribute('aws_cloudwatch_dashboard', 'dashboard_name'),
    },
    function_names: {
      description: 'The functions of the controller.',
      value: expression(`[${functions.join(', ')}]`),
    },
    standby_names: {
      description: 'The standbys of each service, created and adopted, in the order of their use.',
      value: expression('local.standby_names'),
    },
    table_name: {
      description: 'The table with the state of each pair.',
      value: attribute('aws_dynamodb_table', 'name'),
    },
    topic_arn: {
      description: 'The topic of alarms and notifications.',
      value: attribute('aws_sns_topic', 'arn'),
    },
  }
}
