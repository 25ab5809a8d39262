import { parseRepository } from '@tideway/bootstrap/repository'
import {
  type EnvironmentSettings,
  environmentProblems,
  isName,
  type Problem,
} from '@tideway/constructs'

/** What is one's own in a clone. */
export interface Own {
  readonly repository: string
  /** By stack, and `platform` for the rest. */
  readonly teams: Readonly<Record<string, string>>
  readonly environments: Readonly<Record<string, EnvironmentSettings>>
}

/** A flag, and the question that a terminal gets without it. */
export interface Field {
  readonly flag: string
  readonly text: string
  readonly hint: string
  /** Whether there is one for the repository, for each team or for each environment. */
  readonly of: 'repository' | 'team' | 'environment'
  /** Of an environment. */
  readonly property?: 'availabilityZones' | 'alarmEmails' | PlainProperty
}

type PlainProperty = 'account' | 'region' | 'vpcCidr' | 'domain' | 'privateDomain' | 'costCentre'

/** In the order in which they are asked: the zones follow the region. */
export const fields: readonly Field[] = [
  {
    flag: 'repository',
    text: 'GitHub repository',
    hint: 'owner/name, or owner@ID/name@ID',
    of: 'repository',
  },
  { flag: 'team', text: 'GitHub team', hint: 'without the organization', of: 'team' },
  setting('account', 'account', 'AWS account', '12 digits'),
  setting('region', 'region', 'AWS region', 'such as eu-central-1'),
  setting('zones', 'availabilityZones', 'Availability zones', 'two or three, with commas'),
  setting('cidr', 'vpcCidr', 'Range of the VPC', 'such as 10.20.0.0/16'),
  setting('domain', 'domain', 'Public domain', 'a DNS name of yours'),
  setting('private-domain', 'privateDomain', 'Private domain', 'such as dev.acme.internal'),
  setting('emails', 'alarmEmails', 'E-mail addresses for alarms', 'with commas, or none'),
  setting('cost-centre', 'costCentre', 'Cost centre', 'the value of a tag'),
]

function setting(
  flag: string,
  property: NonNullable<Field['property']>,
  text: string,
  hint: string,
): Field {
  return { flag, text, hint, of: 'environment', property }
}

/** The names that a field has a value for. */
export function namesOf({ of }: Field, own: Own): readonly string[] {
  if (of === 'repository') return ['repository']
  return of === 'team' ? Object.keys(own.teams) : environmentsOnAws(own)
}

/** Not the one of the local cloud, which stays as it is. */
export function environmentsOnAws({ environments }: Own): readonly string[] {
  return Object.keys(environments).filter((name) => environments[name]?.endpoints === 'aws')
}

/** The value now, as it is written in a flag. */
export function currentValue({ of, property }: Field, own: Own, name: string): string {
  if (of === 'repository') return own.repository
  if (of === 'team') return own.teams[name] ?? ''
  const value = property && own.environments[name]?.[property]
  return typeof value === 'string' ? value : value?.join(',') || 'none'
}

/** Everything, with another value of one field. */
export function withAnswer({ of, property }: Field, own: Own, name: string, value: string): Own {
  if (of === 'repository') return { ...own, repository: value }
  if (of === 'team') return { ...own, teams: { ...own.teams, [name]: value } }
  const before = own.environments[name] as EnvironmentSettings
  const isList = property === 'availabilityZones' || property === 'alarmEmails'
  const entries = value === 'none' ? [] : value.split(',').map((entry) => entry.trim())
  const after = {
    ...before,
    [property ?? '']: isList ? entries : value,
    ...(property === 'region' &&
      before.region !== value && {
        availabilityZones: zonesOf(value, before.availabilityZones.length),
      }),
  }
  return { ...own, environments: { ...own.environments, [name]: after } }
}

/** The letters of regions that do not offer `a`, `b` and `c` to new accounts. */
const letters: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'acd',
  'ca-central-1': 'abd',
  'us-west-1': 'ac',
}

function zonesOf(region: string, count: number): string[] {
  return [...(letters[region] ?? 'abc')].slice(0, count).map((letter) => `${region}${letter}`)
}

/** What is wrong with the value of one field. */
export function problemsOf({ of, property }: Field, own: Own, name: string): readonly Problem[] {
  const path = { repository: 'repository', team: `teams.${name}` }
  const start = of === 'environment' ? `environments.${name}.${property}` : path[of]
  return problemsIn(own).filter((problem) => problem.path.startsWith(start))
}

/** Everything that is wrong. */
export function problemsIn({ repository, teams, environments }: Own): readonly Problem[] {
  return [
    ...(parseRepository(repository) === undefined
      ? [
          {
            path: 'repository',
            must: 'be one GitHub repository, as owner/name or owner@ID/name@ID',
            got: repository,
            fix: 'Find the ids with `gh api repos/OWNER/NAME`, or leave both out.',
          },
        ]
      : []),
    ...Object.entries(teams)
      .filter(([, team]) => !isName(team) || team.length > 64)
      .map(([name, got]) => ({
        path: `teams.${name}`,
        must: 'be 64 lower-case letters, digits and single hyphens at most, starting with a letter',
        got,
        fix: 'Name the team as in its address on GitHub, without the organization.',
      })),
    ...Object.keys(environments).flatMap((name) =>
      environmentProblems(name, environments).map((problem) => {
        const of = ({ property }: Field) => problem.path === `environments.${name}.${property}`
        const flag = fields.find(of)?.flag
        return flag === undefined ? problem : { ...problem, path: `${problem.path} (--${flag})` }
      }),
    ),
  ]
}
