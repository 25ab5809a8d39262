import { failedChecks, isObject, type Problem } from '@tideway/constructs/parts'
import { Token } from 'cdktf'
import type { ServiceDescription } from '../describe/service-description'
import { type FailoverPreferences, preferenceChecks } from '../service/preferences'

const texts = ['arn', 'cluster', 'name', 'propagateTags', 'taskDefinition'] as const

const lists = [
  'loadBalancers',
  'placementConstraints',
  'placementStrategy',
  'registries',
  'roleArns',
  'standbys',
  'strategy',
  'targetGroupArns',
] as const

const again = 'Write the file again with `ecs-spot describe`.'

/** Where the failover is, and what it calls its standbys. */
export interface Destination {
  readonly cluster: string
  readonly region: string
  readonly account: string
  readonly standbySuffix: string
  /** By the name of the primary. */
  readonly preferences: Readonly<Record<string, FailoverPreferences>>
}

/** The problems of descriptions, which may come from a file of another cluster or of another version. */
export function primaryProblems(primaries: unknown, destination: Destination): Problem[] {
  if (!Array.isArray(primaries)) {
    const must = 'be a list of descriptions, as `ecs-spot describe` writes it'
    return [{ path: 'primaries', must, got: primaries, fix: again }]
  }
  const problems = primaries.flatMap((primary: unknown, index) =>
    shapeProblems(`primaries[${index}]`, primary),
  )
  if (problems.length > 0) return problems
  const found: readonly ServiceDescription[] = primaries
  const names = found.map(({ name }) => name)
  const created = found
    .filter(({ standbys }) => standbys.length === 0)
    .map(({ name }) => `${name}${destination.standbySuffix}`)
  const taken = [...names, ...found.flatMap(({ standbys }) => standbys), ...created]
  return [
    ...found.flatMap((primary, index) =>
      contentProblems(`primaries[${index}] (${primary.name})`, primary, destination),
    ),
    ...taken
      .filter((name, index) => taken.indexOf(name) !== index)
      .map((got) => ({
        path: 'primaries',
        must: 'name each service once, as a primary or as a standby',
        got,
        fix: 'Remove one of them, or set another standbySuffix.',
      })),
    ...Object.keys(destination.preferences)
      .filter((name) => !names.includes(name))
      .map((got) => ({
        path: `preferences.${got}`,
        must: `be for one of the primaries: ${names.join(', ') || 'there are none'}`,
        got,
        fix: 'Correct the name, or describe that service too.',
      })),
    ...Object.entries(destination.preferences).flatMap(([name, preferences]) =>
      failedChecks(
        'preferences',
        { [name]: preferences },
        { [name]: preferenceChecks(preferences) },
      ),
    ),
  ]
}

function shapeProblems(path: string, primary: unknown): Problem[] {
  if (!isObject(primary)) return [{ path, must: 'be a description', got: primary, fix: again }]
  const problem = (field: string, must: string) => ({
    path: `${path}.${field}`,
    must,
    got: primary[field],
    fix: again,
  })
  const { task } = primary
  return [
    ...texts
      .filter((field) => typeof primary[field] !== 'string' || primary[field] === '')
      .map((field) => problem(field, 'be a text')),
    ...lists
      .filter((field) => !Array.isArray(primary[field]))
      .map((field) => problem(field, 'be a list')),
    ...(isObject(task) &&
    ['cpu', 'memoryMiB', 'stopSeconds'].every((field) => Number(task[field]) >= 0)
      ? []
      : [problem('task', 'have cpu, memoryMiB and stopSeconds')]),
  ]
}

function contentProblems(
  path: string,
  primary: ServiceDescription,
  { cluster, region, account, standbySuffix }: Destination,
): Problem[] {
  const { name, arn, strategy, standbyProvider, standbys, registries } = primary
  const arnHere = `arn:aws:ecs:${region}:${account}:service/${cluster}/${name}`
  const standbyName = `${name}${standbySuffix}`
  const onSpot = strategy.filter(({ isSpot }) => isSpot).map((item) => item.capacityProvider)
  const checks: readonly (readonly [
    isValid: boolean,
    field: string,
    must: string,
    got: unknown,
    fix: string,
  ])[] = [
    [
      arn === arnHere || Token.isUnresolved(arnHere),
      'arn',
      `be in the cluster, region and account of the failover: ${arnHere}`,
      arn,
      'Describe the services of this cluster, or set cluster, region and account to theirs.',
    ],
    [onSpot.length > 0, 'strategy', 'have a Spot provider', strategy, again],
    [
      // A standby that is adopted has one already.
      standbys.length > 0 || (!!standbyProvider && !onSpot.includes(standbyProvider)),
      'standbyProvider',
      `be a capacity provider on demand, so none of ${onSpot.join(', ')}`,
      standbyProvider,
      'Describe the service with another --standby-provider.',
    ],
    [registries.length <= 1, 'registries', 'have one item at most, as ECS does', registries, again],
    [
      standbyName.length <= 255 && standbyName !== name,
      'name',
      `have another name with ${JSON.stringify(standbySuffix)} after it, of 255 characters at most`,
      name,
      'Set another standbySuffix.',
    ],
  ]
  return checks
    .filter(([isValid]) => !isValid)
    .map(([, field, must, got, fix]) => ({ path: `${path}.${field}`, must, got, fix }))
}
