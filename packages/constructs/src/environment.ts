import { type Cidr, formatCidr, overlaps, parseCidr } from './cidr'
import {
  checkEach,
  isNumber,
  isObject,
  isString,
  isStrings,
  oneOf,
  type Problem,
  type Rule,
  type Rules,
} from './problems'

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
  /** Deletion protection, `prevent_destroy` and final snapshots on what holds data. */
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

const domainRule: Rule<string> = {
  hasType: isString,
  must: 'be a DNS name of two labels or more, in lower case, without a dot at its end',
  isValid: (name) =>
    name.length <= 253 &&
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name),
  fix: 'Correct the name.',
}

/** One property on its own: its type first, since what comes may be from JavaScript or a variable that is not set. */
const rules: Rules<EnvironmentSettings> = {
  account: {
    hasType: isString,
    must: 'be the 12 digits of an AWS account, as a string',
    isValid: (account) => /^\d{12}$/.test(account) && !/^0+$/.test(account),
    fix: 'Fill in the account that this environment is deployed to.',
  },
  region: {
    hasType: isString,
    must: 'be a region of the commercial AWS partition, such as eu-central-1',
    isValid: (region) =>
      /^(af|ap|ca|eu|il|me|mx|sa|us)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d$/.test(
        region,
      ),
    fix: 'Correct the region.',
  },
  availabilityZones: {
    hasType: isStrings,
    must: 'name 2 or 3 zones: every stack spreads over at least two',
    isValid: (zones) => zones.length === 2 || zones.length === 3,
    fix: 'Name two zones of the region, or three.',
  },
  vpcCidr: {
    hasType: isString,
    must: 'be an IPv4 range that starts on its own boundary, such as 10.20.0.0/16',
    isValid: (range) => parseCidr(range) !== undefined,
    fix: 'Correct the range.',
  },
  domain: domainRule,
  privateDomain: domainRule,
  protectData: {
    hasType: (value): value is boolean => typeof value === 'boolean',
    must: 'be true or false',
    isValid: () => true,
    fix: 'Choose true for everything that is not on this machine.',
  },
  logRetentionDays: {
    hasType: isNumber,
    must: `be one of the periods that CloudWatch knows: ${retentions.join(', ')}`,
    isValid: (days) => retentions.includes(days),
    fix: 'Choose the next longer one.',
  },
  alarmEmails: {
    hasType: isStrings,
    must: 'be a list of e-mail addresses, each once',
    isValid: (addresses) =>
      addresses.every(isEmail) && new Set(addresses).size === addresses.length,
    fix: 'Correct the list; it may be empty.',
  },
  costCentre: {
    hasType: isString,
    must: 'be 1 to 256 characters that a tag allows (letters, digits, space and _ . : / = + - @), not beginning with aws:',
    isValid: (value) => /^[\w.:/=+@-][\w .:/=+@-]{0,255}$/.test(value) && !/^aws:/i.test(value),
    fix: 'Name the cost centre that pays for this environment.',
  },
  endpoints: oneOf('aws', 'emulator'),
}

/** Everything that is wrong with `name`, alone and next to the other environments. */
export function environmentProblems(
  name: string,
  all: Readonly<Record<string, EnvironmentSettings>>,
): Problem[] {
  const path = `environments.${name}`
  const settings = all[name] as EnvironmentSettings
  const { problems, areValid } = checkEach(path, settings, rules)
  if (!/^[a-z][a-z0-9]*$/.test(name) || name.length > longestName) {
    problems.unshift({
      path,
      must: `be named with lower-case letters and digits, ${longestName} characters at most, so that the name of a load balancer (32) has room for it`,
      got: name,
      fix: 'Shorten the name of the environment.',
    })
  }
  // What depends on more than one property is looked at only where each is right by itself.
  if (areValid('region', 'availabilityZones')) problems.push(...zoneProblems(path, settings))
  if (areValid('vpcCidr')) problems.push(...rangeProblems(path, name, settings.vpcCidr, all))
  if (areValid('domain', 'privateDomain'))
    problems.push(...domainProblems(path, name, settings, all))
  if (areValid('protectData', 'endpoints'))
    problems.push(...protectionProblems(path, name, settings))
  return problems
}

function zoneProblems(path: string, { region, availabilityZones }: EnvironmentSettings): Problem[] {
  const problems: Problem[] = []
  if (new Set(availabilityZones).size < availabilityZones.length) {
    problems.push({
      path: `${path}.availabilityZones`,
      must: 'name each zone once',
      got: availabilityZones,
      fix: 'Remove the repetition.',
    })
  }
  for (const [index, zone] of availabilityZones.entries()) {
    if (zone.slice(0, -1) !== region || !/[a-z]$/.test(zone)) {
      problems.push({
        path: `${path}.availabilityZones[${index}]`,
        must: `be a zone of ${region}: its name and one letter`,
        got: zone,
        fix: `Write it as ${region}a.`,
      })
    }
  }
  return problems
}

/** Where a VPC may lie; and where it may not: instances have Docker's own network there. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].flatMap(
  (range) => parseCidr(range) ?? [],
)
const dockersRange = parseCidr('172.17.0.0/16') as Cidr

function rangeProblems(
  path: string,
  name: string,
  got: string,
  all: Readonly<Record<string, EnvironmentSettings>>,
): Problem[] {
  const problems: Problem[] = []
  const range = parseCidr(got) as Cidr
  const refuseRange = (must: string, fix: string) =>
    problems.push({ path: `${path}.vpcCidr`, must, got, fix })
  if (range.prefix < 16 || range.prefix > 21) {
    refuseRange(
      'be a /16 to a /21: AWS allows no larger VPC, and load balancers need a /27 a zone',
      'Choose a prefix length from 16 to 21.',
    )
  }
  if (!privateRanges.some((block) => block.prefix <= range.prefix && overlaps(block, range))) {
    refuseRange(
      'lie in a private range (10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16)',
      'Choose a private range.',
    )
  }
  if (overlaps(range, dockersRange)) {
    refuseRange(
      'stay clear of 172.17.0.0/16, which Docker uses on every instance',
      'Choose another range.',
    )
  }
  for (const [other, settings] of Object.entries(all)) {
    const theirs = isObject(settings) ? parseCidr(settings.vpcCidr) : undefined
    if (other !== name && theirs !== undefined && overlaps(range, theirs)) {
      refuseRange(
        `not overlap the VPC of another environment (${other} has ${formatCidr(theirs)})`,
        'Choose a range that no environment uses: overlapping VPCs cannot be peered.',
      )
    }
  }
  return problems
}

function domainProblems(
  path: string,
  name: string,
  { domain, privateDomain }: EnvironmentSettings,
  all: Readonly<Record<string, EnvironmentSettings>>,
): Problem[] {
  const problems: Problem[] = []
  if (domain === privateDomain || domain.endsWith(`.${privateDomain}`)) {
    problems.push({
      path: `${path}.privateDomain`,
      must: 'differ from the public domain and from those above it, which it would hide inside the VPC',
      got: privateDomain,
      fix: 'Choose a name of its own, such as one under .internal.',
    })
  }
  for (const [other, settings] of Object.entries(all)) {
    if (other !== name && isObject(settings) && settings.domain === domain) {
      problems.push({
        path: `${path}.domain`,
        must: `differ from the domain of every other environment (${other} has it)`,
        got: domain,
        fix: 'Give each environment a zone of its own.',
      })
    }
  }
  return problems
}

function protectionProblems(
  path: string,
  name: string,
  { protectData, endpoints }: EnvironmentSettings,
): Problem[] {
  if (protectData || endpoints === 'emulator' || !name.startsWith('prod')) return []
  return [
    {
      path: `${path}.protectData`,
      must: 'be true in production',
      got: protectData,
      fix: 'Leave the protection on; take it off one resource in a reviewed change instead.',
    },
  ]
}

function isEmail(address: string): boolean {
  return /^[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(address) && !address.includes('..')
}
