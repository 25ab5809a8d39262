import {
  checkEach,
  type Environment,
  type EnvironmentName,
  failedChecks,
  isNumber,
  noMoreThan,
  oneOf,
  type Problem,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'
import type {
  FailoverSettings,
  GroupSettings,
  InstanceSettings,
  OnDemandSettings,
} from '@tideway/ecs-spot'

export interface ComputeSettings {
  readonly ec2: OnDemandSettings
  readonly ec2Spot: GroupSettings
  readonly instances: InstanceSettings
  readonly services: ServiceSettings
  readonly externalAlb: ExternalAlbSettings
  readonly fleets: FleetSettings
  readonly failover: FailoverSettings
}

export interface ServiceSettings {
  /**
   * `off` places services with shares on `ec2` and on `ec2-spot` on Spot alone, so that no instance runs on demand. Their
   * standbys cover a drought as before, from nothing.
   */
  readonly onDemandShare: 'on' | 'off'
}

export interface ExternalAlbSettings {
  /** `on` needs a subscription to Shield Advanced, 3,000 USD a month. */
  readonly shieldAdvanced: 'on' | 'off'
  /** Raise it by one to rotate the origin header. The previous value stays valid. */
  readonly originSecretGeneration: number
}

export interface FleetSettings {
  readonly use: 'on' | 'off'
  /** Spot instances of the web fleet. */
  readonly webInstances: number
  /** On-demand instances of the processing fleet: its minimum. */
  readonly processingOnDemand: number
  /** Additional Spot instances of the processing fleet. */
  readonly processingSpot: number
}

/** For another value in one environment, write `{ ...failover, standbyHours: 12 }` there. */
const failover: FailoverSettings = {
  callsPerSecond: 20,
  writesPerSecond: 5,
  maxCoverDollarsPerHour: 'unlimited',
  standbyHours: 6,
  reserveConcurrency: 'off',
  gameDay: 'off',
}

export const settings: Readonly<Record<EnvironmentName, ComputeSettings>> = {
  local: {
    ec2: { minInstances: 0, maxInstances: 2, targetCapacityPercent: 90, warmInstances: 0 },
    ec2Spot: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 80 },
    instances: { imageResolved: 'once' },
    services: { onDemandShare: 'on' },
    externalAlb: { shieldAdvanced: 'off', originSecretGeneration: 1 },
    fleets: { use: 'on', webInstances: 2, processingOnDemand: 1, processingSpot: 1 },
    failover: { ...failover, gameDay: 'on' },
  },
  dev: {
    ec2: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 90, warmInstances: 1 },
    ec2Spot: { minInstances: 1, maxInstances: 8, targetCapacityPercent: 80 },
    instances: { imageResolved: 'once' },
    services: { onDemandShare: 'off' },
    externalAlb: { shieldAdvanced: 'off', originSecretGeneration: 1 },
    fleets: { use: 'off', webInstances: 2, processingOnDemand: 1, processingSpot: 1 },
    failover,
  },
  prod: {
    ec2: { minInstances: 1, maxInstances: 30, targetCapacityPercent: 90, warmInstances: 3 },
    ec2Spot: { minInstances: 3, maxInstances: 60, targetCapacityPercent: 80 },
    instances: { imageResolved: 'once' },
    services: { onDemandShare: 'on' },
    externalAlb: { shieldAdvanced: 'off', originSecretGeneration: 1 },
    fleets: { use: 'off', webInstances: 2, processingOnDemand: 1, processingSpot: 1 },
    failover,
  },
}

/** Throws if AWS would reject the settings, or if they would turn a drought into an outage. */
export function checkSettings(
  { ec2, ec2Spot, instances, services, externalAlb, fleets, failover }: ComputeSettings,
  { name }: Environment,
): void {
  const path = `apps/compute/src/settings.ts: ${name}`
  throwIfInvalid([
    ...groupProblems(`${path}.ec2`, ec2, {
      warmInstances: wholeNumber(0, 100, ': each has a disk that costs money'),
    }),
    ...groupProblems(`${path}.ec2Spot`, ec2Spot, {}),
    ...checkEach<InstanceSettings>(`${path}.instances`, instances, {
      imageResolved: oneOf('once', 'at-launch'),
    }).problems,
    ...checkEach<ServiceSettings>(`${path}.services`, services, {
      onDemandShare: oneOf('on', 'off'),
    }).problems,
    ...checkEach<ExternalAlbSettings>(`${path}.externalAlb`, externalAlb, {
      shieldAdvanced: oneOf('on', 'off'),
      originSecretGeneration: wholeNumber(1, 10_000, ', and never lowered'),
    }).problems,
    ...checkEach<FleetSettings>(`${path}.fleets`, fleets, {
      use: oneOf('on', 'off'),
      webInstances: wholeNumber(2, 100, ': with fewer, one interruption takes the site down'),
      processingOnDemand: wholeNumber(1, 100, ': without a base, a drought stops all processing'),
      processingSpot: wholeNumber(0, 100, ' instances'),
    }).problems,
    ...checkEach<FailoverSettings>(`${path}.failover`, failover, {
      callsPerSecond: wholeNumber(2, 1000, ': two functions share them'),
      writesPerSecond: wholeNumber(1, 1000, ': two functions share them'),
      maxCoverDollarsPerHour: {
        hasType: (value): value is number | 'unlimited' => value === 'unlimited' || isNumber(value),
        isValid: (value) => value === 'unlimited' || isPrice(value),
        must: 'be "unlimited", or from 0.001 to 1000000 US dollars per hour',
        fix: 'Choose a price in that range, or "unlimited".',
      },
      standbyHours: wholeNumber(1, 24, ': a metric alarm evaluates a day at most'),
      reserveConcurrency: oneOf('on', 'off'),
      gameDay: oneOf('on', 'off'),
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
  if (areValid('minInstances', 'maxInstances')) {
    const { minInstances, maxInstances } = group
    const checks = { minInstances: [noMoreThan(minInstances, maxInstances, 'maxInstances')] }
    problems.push(...failedChecks<GroupSettings>(path, group, checks))
  }
  return problems
}

/** Tags contain no exponents, so it is not tiny. */
export function isPrice(value: unknown): boolean {
  return typeof value === 'number' && value >= 0.001 && value <= 1_000_000
}
