import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceDefinition } from '@tideway/compute/src/definition'
import { settings } from '@tideway/compute/src/settings'
import { ComputeStack } from '@tideway/compute/src/stack'
import { type EnvironmentName, environmentNamed } from '@tideway/constructs'
import type { StackJson, Values } from '@tideway/constructs/references'
import { idleCost } from '@tideway/plan-review/idle-cost'
import { App } from 'cdktf'

export type Services = Readonly<Record<string, ServiceDefinition>>

const known = new Map<string, StackJson>()

/** The compute stack of an environment with other services than those of the files. Writes no files. */
export function synthesizedWith(name: EnvironmentName, services: Services): StackJson {
  const key = JSON.stringify([name, services])
  const json = known.get(key) ?? synthesized(name, services)
  known.set(key, json)
  return json
}

function synthesized(name: EnvironmentName, services: Services): StackJson {
  // cdktf creates its output folder at once, and writes into it only in App.synth.
  const outdir = mkdtempSync(join(tmpdir(), 'tideway-service-'))
  const app = new App({ outdir })
  rmSync(outdir, { recursive: true })
  const { stackTraceLimit } = Error
  // cdktf records a stack trace for each token, which takes most of the time.
  Error.stackTraceLimit = 0
  try {
    const stack = new ComputeStack(app, {
      environment: environmentNamed(name),
      settings: settings[name],
      services,
    })
    stack.prepareStack()
    stack.runAllValidations()
    return JSON.parse(JSON.stringify(stack.toTerraform()))
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

export interface Resource {
  readonly type: string
  readonly id: string
  readonly values: Values
}

/** The resources of one stack that another does not have. */
export function resourcesOnlyIn(one: StackJson, other: StackJson): readonly Resource[] {
  return Object.entries(one.resource ?? {}).flatMap(([type, blocks]) =>
    Object.entries(blocks).flatMap(([id, values]) =>
      other.resource?.[type]?.[id] === undefined ? [{ type, id, values }] : [],
    ),
  )
}

/** The addresses of the resources that both stacks have and that differ. */
export function changedResources(one: StackJson, other: StackJson): readonly string[] {
  return Object.entries(one.resource ?? {}).flatMap(([type, blocks]) =>
    Object.entries(blocks).flatMap(([id, values]) => {
      const changed = other.resource?.[type]?.[id]
      const isEqual = changed === undefined || JSON.stringify(changed) === JSON.stringify(values)
      return isEqual ? [] : [`${type}.${id}`]
    }),
  )
}

/** How many there are of each type, the most frequent first. */
export function countsByType(resources: readonly Resource[]): readonly [string, number][] {
  const counts = new Map<string, number>()
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1))
}

/** What a service costs, in US dollars a month. */
export interface ServiceCost {
  /** At the minimum of its tasks. */
  readonly atMin: number
  readonly atMax: number
  /** At the minimum of its tasks, while Spot has no capacity and the first standby runs all of them. */
  readonly inDrought: number
}

export function costOf(
  environment: EnvironmentName,
  { name, definition, others }: { name: string; definition: ServiceDefinition; others: Services },
): ServiceCost {
  const costWith = (services: Services) =>
    idleCost({ compute: synthesizedWith(environment, services) }).monthly
  const without = costWith(others)
  const cost = (variant: ServiceDefinition) => costWith({ ...others, [name]: variant }) - without
  const atMin = cost(definition)
  if (definition.runs !== 'always') return { atMin, atMax: atMin, inDrought: atMin }
  const { tasks, standbys } = definition
  const [standby] = standbys
  return {
    atMin,
    atMax: cost({ ...definition, tasks: { min: tasks.max, max: tasks.max } }),
    inDrought: Math.max(
      atMin,
      standby === undefined
        ? 0
        : cost({
            ...definition,
            capacity: [{ on: standby, weight: 1 }],
            standbys: [],
          } as ServiceDefinition),
    ),
  }
}

/** What is lost with a resource, and what to do before. */
export interface Loss {
  readonly resource: string
  readonly lost: string
  /** What the deploy fails without. */
  readonly first?: string
}

type LossOf = (values: Values, name: string) => Omit<Loss, 'resource'>

/** The resources that hold something of value. Others are made again with the same entry. */
const lossOf: Readonly<Record<string, LossOf>> = {
  aws_cloudwatch_log_group: () => ({ lost: 'its logs' }),
  aws_codedeploy_deployment_group: (_, name) => ({
    lost: 'the history of its releases',
    first: `wait for the end of a release, or stop it: aws deploy list-deployments --application-name ${name} --deployment-group-name ${name} --include-only-statuses Created Queued InProgress Ready`,
  }),
  aws_db_instance: ({ deletion_protection }) => ({
    lost: 'its data',
    ...(deletion_protection === true ? { first: 'turn its deletion protection off' } : {}),
  }),
  aws_dynamodb_table: ({ deletion_protection_enabled }, name) => ({
    lost: 'its items',
    ...(deletion_protection_enabled === true
      ? {
          first: `export what you need, then: aws dynamodb update-table --table-name ${name} --no-deletion-protection-enabled`,
        }
      : {}),
  }),
  aws_ecr_repository: ({ force_delete }, name) => ({
    lost: 'its images',
    ...(force_delete === true
      ? {}
      : {
          first: `delete its images, 100 at a time: aws ecr batch-delete-image --repository-name ${name} --image-ids "$(aws ecr list-images --repository-name ${name} --query imageIds --output json)"`,
        }),
  }),
  aws_kms_key: ({ deletion_window_in_days }) => ({
    lost: `everything that it encrypts, also in backups, ${deletion_window_in_days ?? 30} days later`,
  }),
  aws_s3_bucket: ({ force_destroy }, name) => ({
    lost: 'its objects and their versions',
    ...(force_destroy === true
      ? {}
      : { first: `delete all versions of its objects: "Empty" in the console of S3, for ${name}` }),
  }),
  aws_secretsmanager_secret: ({ recovery_window_in_days }) => ({
    lost: `its value, ${recovery_window_in_days ?? 30} days later; until then no secret can have its name`,
  }),
  aws_sns_topic: () => ({ lost: 'its subscriptions' }),
  aws_sqs_queue: () => ({ lost: 'the messages in it' }),
  aws_ssm_parameter: () => ({ lost: 'its value' }),
}

export function lossesOf(resources: readonly Resource[]): readonly Loss[] {
  return resources.flatMap(({ type, id, values }) => {
    const name = nameOf(values)
    const loss = lossOf[type]?.(values, name ?? id)
    return loss === undefined ? [] : [{ resource: `${type} ${name ?? id}`, ...loss }]
  })
}

/** The name in AWS, unless it is a reference. */
function nameOf(values: Values): string | undefined {
  return [
    values.name,
    values.bucket,
    values.deployment_group_name,
    values.family,
    values.description,
  ].find((name): name is string => typeof name === 'string' && !name.includes('${'))
}
