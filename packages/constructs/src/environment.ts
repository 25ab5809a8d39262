import { type Cidr, overlaps, parseCidr } from './cidr'
import {
  type Check,
  type Checks,
  checkEach,
  failedChecks,
  isNumber,
  isObject,
  isString,
  isStrings,
  oneOf,
  type Problem,
  type Rule,
  type Rules,
} from './problems'

/** Where and how the stacks of one environment are deployed. Each stack has its own settings in its `settings.ts`. */
export interface EnvironmentSettings {
  /** The AWS account. Terraform rejects credentials of another account. */
  readonly account: string
  readonly region: string
  /**
   * The zones by name. Their number shapes the stacks, so it is set here and not read from AWS. The letters stand for other
   * places in each account, and some places lack instance types: `npm run preflight` checks them.
   */
  readonly availabilityZones: readonly string[]
  /** The address range of the VPC: /16 to /21. Environments must not overlap, so that their VPCs can be peered. */
  readonly vpcCidr: string
  /** The public DNS zone. */
  readonly domain: string
  /** The private DNS zone, which resolves inside the VPC only. */
  readonly privateDomain: string
  /** Enables deletion protection, `prevent_destroy` and final snapshots on resources with data. */
  readonly protectData: boolean
  /** How long CloudWatch keeps logs. */
  readonly logRetentionDays: number
  /** Addresses that receive alarms. */
  readonly alarmEmails: readonly string[]
  /** The cost allocation tag. */
  readonly costCentre: string
  /** `aws`, or `emulator` for a local AWS at AWS_ENDPOINT_URL. */
  readonly endpoints: 'aws' | 'emulator'
}

export interface Environment extends EnvironmentSettings {
  readonly name: string
}

/**
 * Load balancers and target groups have the lowest limit for names: 32 characters.
 * `tideway-` and 12 for the part leave 11 with the hyphen, so 10 for the environment.
 */
const maxNameLength = 10

/** The values that CloudWatch accepts. Others would fail only at apply. */
export const logRetentions: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]

const domainRule: Rule<string> = {
  hasType: isString,
  must: 'be a DNS name of two labels or more, in lower case, without a trailing dot',
  isValid: (name) =>
    name.length <= 253 &&
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name),
  fix: 'Correct the name.',
}

export const costCentreRule: Rule<string> = {
  hasType: isString,
  must: 'be 1 to 256 characters that a tag allows (letters, digits, space and _ . : / = + - @), not starting with aws:',
  isValid: (value) => /^[\w.:/=+@-][\w .:/=+@-]{0,255}$/.test(value) && !/^aws:/i.test(value),
  fix: 'Name the cost centre that pays for this environment.',
}

/** The rules for single properties. Values may come from JavaScript, so types are checked too. */
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
    must: `be one of the periods that CloudWatch accepts: ${logRetentions.join(', ')}`,
    isValid: (days) => logRetentions.includes(days),
    fix: 'Choose the next longer one.',
  },
  alarmEmails: {
    hasType: isStrings,
    must: 'be a list of e-mail addresses, each once',
    isValid: (addresses) =>
      addresses.every(isEmail) && new Set(addresses).size === addresses.length,
    fix: 'Correct the list; it may be empty.',
  },
  costCentre: costCentreRule,
  endpoints: oneOf('aws', 'emulator'),
}

type Environments = Readonly<Record<string, EnvironmentSettings>>

/** The problems of one environment, on its own and compared with the others. */
export function environmentProblems(name: string, all: Environments): Problem[] {
  const path = `environments.${name}`
  const settings = all[name] as EnvironmentSettings
  const { problems, areValid } = checkEach(path, settings, rules)
  if (!/^[a-z][a-z0-9]*$/.test(name) || name.length > maxNameLength) {
    problems.unshift({
      path,
      must: `be named with lower-case letters and digits, ${maxNameLength} characters at most, so that the name of a load balancer (32) has room for it`,
      got: name,
      fix: 'Shorten the name of the environment.',
    })
  }
  // Checks of several properties run only when each property is valid.
  const others = Object.entries(all).filter(([other, its]) => other !== name && isObject(its))
  if (areValid('region', 'availabilityZones')) problems.push(...zoneProblems(path, settings))
  return [
    ...problems,
    ...failedChecks(path, settings, {
      vpcCidr: areValid('vpcCidr') ? rangeChecks(settings, others) : [],
      ...(areValid('domain', 'privateDomain') && domainChecks(settings, others)),
      protectData: [
        [
          !areValid('protectData', 'endpoints') ||
            settings.protectData ||
            settings.endpoints === 'emulator' ||
            !name.startsWith('prod'),
          'be true in production',
          'Keep the protection on. To delete one resource, remove its protection in a reviewed change.',
        ],
      ],
    }),
  ]
}

function zoneProblems(path: string, settings: EnvironmentSettings): Problem[] {
  const { region, availabilityZones: zones } = settings
  return [
    ...failedChecks(path, settings, {
      availabilityZones: [
        [new Set(zones).size === zones.length, 'name each zone once', 'Remove the duplicate.'],
      ],
    }),
    ...zones.flatMap((got, index) => {
      if (got.slice(0, -1) === region && /[a-z]$/.test(got)) return []
      return {
        path: `${path}.availabilityZones[${index}]`,
        must: `be a zone of ${region}: its name and one letter`,
        got,
        fix: `Write it as ${region}a.`,
      }
    }),
  ]
}

/** The ranges that a VPC can use. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(
  (range) => parseCidr(range) as Cidr,
)
const dockerRange = parseCidr('172.17.0.0/16') as Cidr

function rangeChecks(
  { vpcCidr }: EnvironmentSettings,
  others: [string, EnvironmentSettings][],
): Check[] {
  const range = parseCidr(vpcCidr) as Cidr
  return [
    [
      range.prefix >= 16 && range.prefix <= 21,
      'be a /16 to a /21: AWS allows no larger VPC, and load balancers need a /27 in each zone',
      'Choose a prefix length from 16 to 21.',
    ],
    [
      privateRanges.some((block) => block.prefix <= range.prefix && overlaps(block, range)),
      'be in a private range (10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16)',
      'Choose a private range.',
    ],
    [
      !overlaps(range, dockerRange),
      'not overlap 172.17.0.0/16, which Docker uses on every instance',
      'Choose another range.',
    ],
    ...others.flatMap(([other, its]): Check[] => {
      const theirs = parseCidr(its.vpcCidr)
      if (theirs === undefined) return []
      const must = `not overlap the VPC of another environment (${other} has ${its.vpcCidr})`
      const fix = 'Choose a range that no environment uses: overlapping VPCs cannot be peered.'
      return [[!overlaps(range, theirs), must, fix]]
    }),
  ]
}

function domainChecks(
  { domain, privateDomain }: EnvironmentSettings,
  others: [string, EnvironmentSettings][],
): Checks<EnvironmentSettings> {
  return {
    privateDomain: [
      [
        domain !== privateDomain && !domain.endsWith(`.${privateDomain}`),
        'differ from the public domain and its parent domains, which it would hide inside the VPC',
        'Choose a separate name, such as one under .internal.',
      ],
    ],
    domain: others.map(([other, its]) => [
      its.domain !== domain,
      `differ from the domain of every other environment (${other} has it)`,
      'Give each environment its own zone.',
    ]),
  }
}

export function isEmail(address: string): boolean {
  return /^[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(address) && !address.includes('..')
}
