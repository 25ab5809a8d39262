import { formatCidr, overlaps, parseCidr } from './cidr'
import type { Problem } from './problems'

/** Where and how the stacks of one environment are deployed. What one stack alone needs stands in its `settings.ts`. */
export interface EnvironmentSettings {
  /** The AWS account. Terraform refuses credentials of any other. */
  readonly account: string
  readonly region: string
  /** The zones by name. Their number decides the shape of the stacks, so it is fixed here and never looked up. */
  readonly availabilityZones: readonly string[]
  /** The address range of the VPC: /16 to /21. No two environments overlap, so that they can be peered. */
  readonly vpcCidr: string
  /** The public DNS zone. */
  readonly domain: string
  /** The DNS zone that only the VPC sees. */
  readonly privateDomain: string
  /** Deletion protection, `prevent_destroy` and final snapshots on what holds data or addresses. */
  readonly protectData: boolean
  /** How long CloudWatch keeps logs, in days. */
  readonly logRetentionDays: number
  /** Who is mailed when an alarm goes off. */
  readonly alarmEmails: readonly string[]
  /** The tag that the bill is grouped by. */
  readonly costCentre: string
  /** `aws`, or `emulator` for an AWS on this machine that is found by AWS_ENDPOINT_URL. */
  readonly endpoints: 'aws' | 'emulator'
}

export interface Environment extends EnvironmentSettings {
  readonly name: string
}

/**
 * Load balancers and target groups have the shortest names that AWS allows, 32 characters.
 * `tideway-` and 12 for the part's own name leave 11, hyphen included, so 10 for the environment.
 */
const longestName = 10

/** The values that CloudWatch accepts; others fail only when the plan is applied. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]

/** Everything that is wrong with `name`, alone and next to the other environments. */
export function environmentProblems(
  name: string,
  all: Readonly<Record<string, EnvironmentSettings>>,
): Problem[] {
  const settings = all[name]
  const problems: Problem[] = []
  if (settings === undefined) return problems
  // What arrives may come from JavaScript or a cast, so the types are not believed here.
  const check = (ok: boolean, property: string, must: string, got: unknown, fix: string) => {
    if (!ok) problems.push({ path: `environments.${name}${property}`, must, got, fix })
  }

  check(
    /^[a-z][a-z0-9]*$/.test(name) && name.length <= longestName,
    '',
    `be named with lower-case letters and digits, ${longestName} characters at most, so that the name of a load balancer (32) has room for it`,
    name,
    'Shorten the name of the environment.',
  )
  check(
    typeof settings.account === 'string' && /^\d{12}$/.test(settings.account),
    '.account',
    'be the 12 digits of an AWS account, as a string',
    settings.account,
    'Fill in the account that this environment is deployed to.',
  )
  check(
    /^[a-z]{2}-[a-z]+-\d$/.test(settings.region ?? '') && !settings.region.startsWith('cn-'),
    '.region',
    'be a region of the commercial AWS partition, such as eu-central-1',
    settings.region,
    'Correct the region.',
  )
  problems.push(...zoneProblems(name, settings), ...cidrProblems(name, all))
  for (const property of ['domain', 'privateDomain'] as const) {
    check(
      isDomain(settings[property]),
      `.${property}`,
      'be a DNS name of two labels or more, in lower case, without a dot at its end',
      settings[property],
      'Correct the name.',
    )
  }
  check(
    settings.domain !== settings.privateDomain,
    '.privateDomain',
    'differ from the public domain, which it would hide inside the VPC',
    settings.privateDomain,
    'Choose a name of its own, such as one under .internal.',
  )
  check(
    retentions.includes(settings.logRetentionDays),
    '.logRetentionDays',
    `be one of the periods that CloudWatch knows: ${retentions.join(', ')}`,
    settings.logRetentionDays,
    'Choose the next longer one.',
  )
  for (const [index, address] of (settings.alarmEmails ?? []).entries()) {
    check(
      /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address),
      `.alarmEmails[${index}]`,
      'be an e-mail address',
      address,
      'Correct or remove it.',
    )
  }
  check(
    /^[\w .:/=+@-]{1,256}$/.test(settings.costCentre ?? ''),
    '.costCentre',
    'be 1 to 256 characters that a tag allows (letters, digits, space and _ . : / = + - @)',
    settings.costCentre,
    'Name the cost centre that pays for this environment.',
  )
  check(
    settings.endpoints === 'aws' || settings.endpoints === 'emulator',
    '.endpoints',
    'be "aws" or "emulator"',
    settings.endpoints,
    'Use "aws" for everything that is not on this machine.',
  )
  check(
    settings.endpoints === 'emulator' || settings.protectData === true || name !== 'prod',
    '.protectData',
    'be true in prod',
    settings.protectData,
    'Leave the protection on; take it off one resource in a reviewed change instead.',
  )
  return problems
}

function zoneProblems(name: string, { region, availabilityZones }: EnvironmentSettings): Problem[] {
  const path = `environments.${name}.availabilityZones`
  const zones = availabilityZones ?? []
  const problems: Problem[] = []
  if (zones.length < 2 || zones.length > 3) {
    const must = 'name 2 or 3 zones: every stack spreads over at least two'
    const fix = zones.length < 2 ? `Add a zone of ${region}.` : 'Keep three.'
    problems.push({ path, must, got: zones, fix })
  }
  if (new Set(zones).size < zones.length) {
    problems.push({ path, must: 'name each zone once', got: zones, fix: 'Remove the repetition.' })
  }
  for (const [index, zone] of zones.entries()) {
    if (zone.slice(0, -1) !== region || !/[a-z]$/.test(zone)) {
      problems.push({
        path: `${path}[${index}]`,
        must: `be a zone of ${region}: its name and one letter`,
        got: zone,
        fix: `Write it as ${region}a.`,
      })
    }
  }
  return problems
}

function cidrProblems(name: string, all: Readonly<Record<string, EnvironmentSettings>>): Problem[] {
  const path = `environments.${name}.vpcCidr`
  const got = all[name]?.vpcCidr
  const range = parseCidr(got)
  if (range === undefined) {
    const must = 'be an IPv4 range that starts on its own boundary, such as 10.20.0.0/16'
    return [{ path, must, got, fix: 'Correct the range.' }]
  }
  const problems: Problem[] = []
  if (range.prefix < 16 || range.prefix > 21) {
    const must = 'be a /16 to a /21: AWS allows no larger VPC, and load balancers need a /27 a zone'
    problems.push({ path, must, got, fix: 'Choose a prefix length from 16 to 21.' })
  }
  const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parseCidr)
  if (
    !privateRanges.some((block) => block && block.prefix <= range.prefix && overlaps(block, range))
  ) {
    const must = 'lie in a private range (10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16)'
    problems.push({ path, must, got, fix: 'Choose a private range.' })
  }
  for (const [other, settings] of Object.entries(all)) {
    const theirs = parseCidr(settings.vpcCidr)
    if (other !== name && theirs !== undefined && overlaps(range, theirs)) {
      problems.push({
        path,
        must: `not overlap the VPC of another environment (${other} has ${formatCidr(theirs)})`,
        got,
        fix: 'Choose a range that no environment uses: overlapping VPCs cannot be peered.',
      })
    }
  }
  return problems
}

function isDomain(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= 253 &&
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
  )
}
