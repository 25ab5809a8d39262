import {
  checkEach,
  type Environment,
  type EnvironmentName,
  oneOf,
  type Problem,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

export interface ComputeSettings {
  readonly ec2: OnDemandSettings
  readonly ec2Spot: GroupSettings
  readonly externalAlb: ExternalAlbSettings
  readonly fleets: FleetSettings
  readonly failover: FailoverSettings
}

/** The instances behind a capacity provider. */
export interface GroupSettings {
  /** What is kept even when there are no tasks. */
  readonly minInstances: number
  readonly maxInstances: number
  /**
   * How full ECS keeps the instances, in percent. The rest is headroom: a surge starts its tasks there
   * while more instances come, which takes minutes.
   */
  readonly targetCapacityPercent: number
}

export interface OnDemandSettings extends GroupSettings {
  /** Instances that are set up and stopped, at the price of their disks: they join in seconds. 0 for none. */
  readonly warmInstances: number
}

export interface ExternalAlbSettings {
  /** Requests of one address in five minutes, after which it is answered 403 for a while. */
  readonly requestsPerAddress: number
  /** `on` needs a subscription to Shield Advanced, which AWS sells for 3,000 USD a month. */
  readonly shieldAdvanced: 'on' | 'off'
  /** One higher makes a new value of the origin header. The one before it goes on being let in. */
  readonly originSecretGeneration: number
}

export interface FleetSettings {
  readonly use: 'on' | 'off'
  /** Spot instances of the web fleet. */
  readonly webInstances: number
  /** On-demand instances of the processing fleet: what it never goes below. */
  readonly processingOnDemand: number
  /** Spot instances beside them. */
  readonly processingSpot: number
}

export interface FailoverSettings {
  /** Calls of ECS that the controller may make, of the limit that the whole account shares. */
  readonly callsPerSecond: number
  /** Hours on demand after which somebody is told. */
  readonly standbyHours: number
  /** `on` keeps room for the controller's functions. A new account has a quota too low for it: see README. */
  readonly reserveConcurrency: 'on' | 'off'
}

export const settings: Readonly<Record<EnvironmentName, ComputeSettings>> = {
  local: {
    ec2: { minInstances: 0, maxInstances: 2, targetCapacityPercent: 90, warmInstances: 0 },
    ec2Spot: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 80 },
    externalAlb: { requestsPerAddress: 2000, shieldAdvanced: 'off', originSecretGeneration: 1 },
    fleets: { use: 'on', webInstances: 2, processingOnDemand: 1, processingSpot: 1 },
    failover: { callsPerSecond: 20, standbyHours: 6, reserveConcurrency: 'off' },
  },
  dev: {
    ec2: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 90, warmInstances: 1 },
    ec2Spot: { minInstances: 1, maxInstances: 8, targetCapacityPercent: 80 },
    externalAlb: { requestsPerAddress: 2000, shieldAdvanced: 'off', originSecretGeneration: 1 },
    fleets: { use: 'on', webInstances: 2, processingOnDemand: 1, processingSpot: 1 },
    failover: { callsPerSecond: 20, standbyHours: 6, reserveConcurrency: 'off' },
  },
  prod: {
    ec2: { minInstances: 1, maxInstances: 30, targetCapacityPercent: 90, warmInstances: 3 },
    ec2Spot: { minInstances: 3, maxInstances: 60, targetCapacityPercent: 80 },
    externalAlb: { requestsPerAddress: 2000, shieldAdvanced: 'off', originSecretGeneration: 1 },
    fleets: { use: 'off', webInstances: 2, processingOnDemand: 1, processingSpot: 1 },
    failover: { callsPerSecond: 20, standbyHours: 6, reserveConcurrency: 'on' },
  },
}

/** Stops the synthesis where AWS would refuse the settings, or where they would undo what the platform is for. */
export function checkSettings(
  { ec2, ec2Spot, externalAlb, fleets, failover }: ComputeSettings,
  { name }: Environment,
): void {
  const path = `apps/compute/src/settings.ts: ${name}`
  throwIfInvalid([
    ...groupProblems(`${path}.ec2`, ec2, {
      warmInstances: wholeNumber(0, 100, ': each has a disk that is paid for'),
    }),
    ...groupProblems(`${path}.ec2Spot`, ec2Spot, {}),
    ...checkEach<ExternalAlbSettings>(`${path}.externalAlb`, externalAlb, {
      requestsPerAddress: wholeNumber(100, 1_000_000, ': WAF counts no fewer'),
      shieldAdvanced: oneOf('on', 'off'),
      originSecretGeneration: wholeNumber(1, 10_000, ', and never lowered'),
    }).problems,
    ...checkEach<FleetSettings>(`${path}.fleets`, fleets, {
      use: oneOf('on', 'off'),
      webInstances: wholeNumber(2, 100, ': with fewer, one interruption takes the site away'),
      processingOnDemand: wholeNumber(1, 100, ': without a base, a drought stops all processing'),
      processingSpot: wholeNumber(0, 100, ' instances'),
    }).problems,
    ...checkEach<FailoverSettings>(`${path}.failover`, failover, {
      callsPerSecond: wholeNumber(2, 1000, ': two functions share them'),
      standbyHours: wholeNumber(1, 24, ': a metric alarm looks back over a day'),
      reserveConcurrency: oneOf('on', 'off'),
    }).problems,
  ])
}

const groupRules = {
  minInstances: wholeNumber(0, 1000, ' instances'),
  maxInstances: wholeNumber(1, 1000, ' instances'),
  targetCapacityPercent: wholeNumber(
    50,
    95,
    ': at 100 there is no headroom, and a surge waits for instances to start',
  ),
}

function groupProblems<Group extends GroupSettings>(
  path: string,
  group: Group,
  more: Readonly<Record<Exclude<keyof Group, keyof GroupSettings>, ReturnType<typeof wholeNumber>>>,
): Problem[] {
  const { problems, areValid } = checkEach<Record<string, number>>(path, group, {
    ...groupRules,
    ...more,
  })
  if (areValid('minInstances', 'maxInstances') && group.minInstances > group.maxInstances) {
    problems.push({
      path: `${path}.minInstances`,
      must: `be no more than maxInstances, which is ${group.maxInstances}`,
      got: group.minInstances,
      fix: 'Lower it, or raise maxInstances.',
    })
  }
  return problems
}
