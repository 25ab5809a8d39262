import { maxPrefixLength } from '@tideway/constructs/parts'
import type { ServiceDescription } from '../describe/service-description'
import type { FailoverPreferences } from '../service'

interface Validation {
  readonly condition: string
  readonly error_message: string
}

/** A variable of the module, in the JSON syntax of Terraform. */
export interface ModuleVariable {
  readonly type: string
  readonly description: string
  /** A variable without it must be set. */
  readonly default?:
    | string
    | number
    | boolean
    | null
    | readonly []
    | Readonly<Record<string, never>>
  readonly nullable?: boolean
  readonly validation?: readonly Validation[]
}

/** Types of Terraform for each field of a type here: the compiler reports a field that is missing. */
type Fields<Item> = Readonly<Record<keyof Required<Item>, string>>

type Element<List> = List extends readonly (infer Item)[] ? Item : never

function object<Item>(fields: Fields<Item>): string {
  const items = Object.entries(fields).map(([name, type]) => `${name} = ${type}`)
  return `object({ ${items.join(', ')} })`
}

const list = (type: string) => `list(${type})`
const optional = (type: string) => `optional(${type})`
const optionalList = (type: string) => `optional(list(${type}), [])`

const service = object<ServiceDescription>({
  cluster: 'string',
  name: 'string',
  arn: 'string',
  controller: 'string',
  taskDefinition: 'string',
  strategy: list(
    object<Element<ServiceDescription['strategy']>>({
      capacityProvider: 'string',
      base: 'number',
      weight: 'number',
      isSpot: 'bool',
      autoScalingGroup: optional('string'),
    }),
  ),
  standbyProvider: 'string',
  standbys: optionalList('string'),
  platformVersion: optional('string'),
  network: optional(
    object<NonNullable<ServiceDescription['network']>>({
      subnets: list('string'),
      securityGroups: list('string'),
      assignPublicIp: 'bool',
    }),
  ),
  loadBalancers: optionalList(
    object<Element<ServiceDescription['loadBalancers']>>({
      targetGroupArn: 'string',
      containerName: 'string',
      containerPort: 'number',
    }),
  ),
  targetGroupArns: optionalList('string'),
  healthCheckGraceSeconds: optional('number'),
  registries: optionalList(
    object<Element<ServiceDescription['registries']>>({
      registryArn: 'string',
      port: optional('number'),
      containerName: optional('string'),
      containerPort: optional('number'),
    }),
  ),
  connectNamespace: optional('string'),
  placementConstraints: optionalList(
    object<Element<ServiceDescription['placementConstraints']>>({
      type: 'string',
      expression: optional('string'),
    }),
  ),
  placementStrategy: optionalList(
    object<Element<ServiceDescription['placementStrategy']>>({
      type: 'string',
      field: optional('string'),
    }),
  ),
  propagateTags: 'string',
  enableExecuteCommand: 'bool',
  enableManagedTags: 'bool',
  roleArns: optionalList('string'),
  task: object<ServiceDescription['task']>({
    cpu: 'number',
    memoryMiB: 'number',
    architecture: 'string',
    ephemeralStorageGiB: 'number',
    stopSeconds: 'number',
  }),
})

const preferences = object<FailoverPreferences>({
  atNotice: optional('string'),
  prefer: optional('string'),
  slowestRequestSeconds: optional('number'),
  stopSeconds: optional('number'),
  maxCoverDollarsPerHour: optional('number'),
})

/** The message of an invalid value, in the four parts of all messages: what, constraint, value, fix. */
function must(path: string, constraint: string, got: string, fix: string): string {
  return `${path}: must ${constraint}; got \${jsonencode(${got})}. ${fix}`
}

function isTrue(condition: string, error_message: string): Validation {
  return { condition: `\${${condition}}`, error_message }
}

/** Reports the services for which a condition is false, by name. */
function eachService(
  condition: string,
  constraint: string,
  fix = 'Write the file again with `ecs-spot describe`.',
): Validation {
  return isTrue(
    `alltrue([for s in var.services : ${condition}])`,
    must('services', constraint, `[for s in var.services : s.name if !(${condition})]`, fix),
  )
}

function eachPreference(condition: string, constraint: string, fix: string): Validation {
  return isTrue(
    `alltrue([for p in values(var.preferences) : ${condition}])`,
    must(
      'preferences',
      constraint,
      `{ for name, p in var.preferences : name => p if !(${condition}) }`,
      fix,
    ),
  )
}

/** A check of one value. Null is valid where it is the default. */
function check(name: string, condition: string, constraint: string, fix: string): Validation {
  return isTrue(condition, must(name, constraint, `var.${name}`, fix))
}

const wholeFrom = (value: string, min: number, max: number) =>
  `${value} >= ${min} && ${value} <= ${max} && floor(${value}) == ${value}`

/** What CloudWatch Logs accepts. */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]

function rate(of: string, by: number, max: number): ModuleVariable {
  const name = of === 'UpdateService' ? 'writes_per_second' : 'calls_per_second'
  return {
    type: 'number',
    description: `${of} calls of the controller to ECS in a second. The whole account shares one limit.`,
    default: by,
    nullable: false,
    validation: [
      check(
        name,
        `var.${name} > 0 && var.${name} <= ${max}`,
        `be above 0, and ${max} at most`,
        `The default is ${by}.`,
      ),
    ],
  }
}

/** The inputs of the module, by name. */
export const moduleVariables: Readonly<Record<string, ModuleVariable>> = {
  cluster_name: {
    type: 'string',
    description: 'The name of the ECS cluster, in the account and region of the AWS provider.',
    nullable: false,
    validation: [
      check(
        'cluster_name',
        'can(regex("^[a-zA-Z0-9_-]{1,255}$", var.cluster_name))',
        'be the name of a cluster, not its ARN: letters, digits, hyphens and underscores',
        '`aws ecs list-clusters` prints the ARNs, which end with the names.',
      ),
    ],
  },
  services: {
    type: list(service),
    description:
      'The services that get standbys, as `ecs-spot describe` writes them: `jsondecode(file("services.json"))`.',
    nullable: false,
    validation: [
      check(
        'services',
        'length(var.services) > 0',
        'have one service or more',
        'Describe services with `ecs-spot describe`.',
      ),
      isTrue(
        'length(distinct(var.services[*].name)) == length(var.services)',
        must('services', 'name each service once', 'sort(var.services[*].name)', 'Remove one.'),
      ),
      eachService(
        'can(regex("^[a-zA-Z0-9_-]{1,255}$", s.name))',
        'have names of ECS: 1 to 255 letters, digits, hyphens and underscores',
      ),
      eachService(
        'can(regex("^arn:[a-z-]+:ecs:[a-z0-9-]+:[0-9]{12}:service/[^/]+/[^/]+$", s.arn))',
        'have ARNs that contain the cluster',
        'ECS can tag no others: migrate the services to long ARNs, and describe them again.',
      ),
      eachService('anytrue([for i in s.strategy : i.isSpot])', 'have a Spot provider'),
      eachService(
        'length(s.standbys) > 0 || (s.standbyProvider != "" && !contains(concat(["FARGATE_SPOT"], [for i in s.strategy : i.capacityProvider if i.isSpot]), s.standbyProvider))',
        'have a standbyProvider that is on demand',
        'Describe them with another --standby-provider.',
      ),
      eachService('length(s.registries) <= 1', 'have one item of registries at most, as ECS does'),
      eachService(
        'contains(["ARM64", "X86_64"], s.task.architecture)',
        'have the architecture ARM64 or X86_64',
      ),
      eachService(
        'contains(["NONE", "SERVICE", "TASK_DEFINITION"], s.propagateTags)',
        'have propagateTags NONE, SERVICE or TASK_DEFINITION',
      ),
    ],
  },
  standby_suffix: {
    type: 'string',
    description: 'Follows the name of a service in that of its standby.',
    default: '-standby',
    nullable: false,
    validation: [
      check(
        'standby_suffix',
        'can(regex("^[a-zA-Z0-9_-]{1,100}$", var.standby_suffix))',
        'have 1 to 100 letters, digits, hyphens and underscores',
        'The default is "-standby".',
      ),
    ],
  },
  preferences: {
    type: `map(${preferences})`,
    description:
      'What the owners prefer, by the name of the service. A field that is not set leaves the default of the controller.',
    default: {},
    nullable: false,
    validation: [
      eachPreference(
        'contains(["leave", "serve-until-drained"], coalesce(p.atNotice, "leave"))',
        'have atNotice "leave" or "serve-until-drained"',
        'Choose either, or remove it.',
      ),
      eachPreference(
        'contains(["availability", "balance", "cost"], coalesce(p.prefer, "balance"))',
        'have prefer "availability", "balance" or "cost"',
        'Choose one, or remove it.',
      ),
      eachPreference(
        `[for v in [coalesce(p.slowestRequestSeconds, 5)] : ${wholeFrom('v', 0, 120)}][0] && [for v in [coalesce(p.stopSeconds, 120)] : ${wholeFrom('v', 2, 120)}][0]`,
        'have whole slowestRequestSeconds from 0 to 120, and stopSeconds from 2: a notice gives two minutes',
        'Choose in that range, or remove them.',
      ),
      eachPreference(
        '[for v in [coalesce(p.maxCoverDollarsPerHour, 1)] : v >= 0.001 && v <= 1000000][0]',
        'have maxCoverDollarsPerHour from 0.001 to 1000000',
        'Choose a price in that range, or remove it.',
      ),
    ],
  },
  prefix: {
    type: 'string',
    description:
      'The beginning of all names. Null is the name of the cluster. Roles are global: set it if the same cluster name is in use in another region.',
    default: null,
    validation: [
      check(
        'prefix',
        `var.prefix == null || (can(regex("^[a-z](-?[a-z0-9])*$", coalesce(var.prefix, "-"))) && length(coalesce(var.prefix, "-")) <= ${maxPrefixLength})`,
        `have ${maxPrefixLength} characters at most: lower-case letters, digits and single hyphens, starting with a letter`,
        'Set a shorter or simpler one.',
      ),
    ],
  },
  alarm_emails: {
    type: 'list(string)',
    description:
      'Addresses that receive alarms and notifications. Each must confirm a mail of AWS.',
    default: [],
    nullable: false,
    validation: [
      check(
        'alarm_emails',
        'alltrue([for a in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+$", a))])',
        'be addresses',
        'Correct them, or subscribe to the output `topic_arn`.',
      ),
    ],
  },
  runbooks: {
    type: 'string',
    description:
      'The address of the folder with a page for each alarm: descriptions of alarms end with their page. Null is no link.',
    default: null,
    validation: [
      check(
        'runbooks',
        'var.runbooks == null || can(regex("^https?://\\\\S{0,499}[^\\\\s/]$", coalesce(var.runbooks, "-")))',
        'be the address of a folder, of 500 characters at most, without a slash at the end',
        'Set it as "https://wiki.example.com/failover", or remove it.',
      ),
    ],
  },
  permissions_boundary_arn: {
    type: 'string',
    description: 'The permissions boundary of the three roles. Null is none.',
    default: null,
    validation: [
      check(
        'permissions_boundary_arn',
        'var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::[a-z0-9]+:policy/", coalesce(var.permissions_boundary_arn, "-")))',
        'be the ARN of a policy',
        'Correct it, or remove it.',
      ),
    ],
  },
  task_role_arns: {
    type: 'list(string)',
    description:
      'Roles of tasks, or patterns of their ARNs. Null is exactly those of the services: a policy has room for about 40 services.',
    default: null,
    validation: [
      check(
        'task_role_arns',
        'alltrue([for a in coalesce(var.task_role_arns, []) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.", a))])',
        'be ARNs of roles, which may end with a pattern',
        'Write them as "arn:aws:iam::123456789012:role/shop-*".',
      ),
    ],
  },
  target_group_names: {
    type: 'list(string)',
    description:
      'Patterns of the names of target groups. Null is exactly the target groups of the services.',
    default: null,
    validation: [
      check(
        'target_group_names',
        'alltrue([for n in coalesce(var.target_group_names, []) : can(regex("^[a-zA-Z0-9*?/-]+$", n))])',
        'be patterns of names',
        'Write them as "shop-*".',
      ),
    ],
  },
  log_retention_days: {
    type: 'number',
    description: 'Days that the log groups keep their events.',
    default: 30,
    nullable: false,
    validation: [
      check(
        'log_retention_days',
        `contains([${retentionDays.join(', ')}], var.log_retention_days)`,
        'be a number that CloudWatch Logs accepts',
        'Choose 7, 14, 30, 90 or 365, for example.',
      ),
    ],
  },
  protect_data: {
    type: 'bool',
    description:
      'Protects the table from deletion, and keeps a deleted key for 30 days instead of 7. A destroy needs `false` first.',
    default: false,
    nullable: false,
  },
  standby_hours: {
    type: 'number',
    description: 'Hours on standbys after which an alarm goes off.',
    default: 6,
    nullable: false,
    validation: [
      check(
        'standby_hours',
        wholeFrom('var.standby_hours', 1, 24),
        'be a whole number from 1 to 24',
        'CloudWatch evaluates one day at most.',
      ),
    ],
  },
  calls_per_second: rate('All other', 20, 1000),
  writes_per_second: rate('UpdateService', 5, 1000),
  max_cover_dollars_per_hour: {
    type: 'number',
    description:
      'The maximum price of all standbys together, in US dollars per hour. What exceeds it stays missing. Null is unlimited.',
    default: null,
    validation: [
      check(
        'max_cover_dollars_per_hour',
        'var.max_cover_dollars_per_hour == null || coalesce(var.max_cover_dollars_per_hour, 1) > 0',
        'be above 0',
        'Remove it for no limit.',
      ),
    ],
  },
  reserve_concurrency: {
    type: 'bool',
    description:
      'Reserves concurrency for the functions. The quota of a new account is too low for it.',
    default: false,
    nullable: false,
  },
  game_day: {
    type: 'bool',
    description:
      'Creates an experiment for each Spot group, with which a game day interrupts an instance.',
    default: false,
    nullable: false,
  },
}
