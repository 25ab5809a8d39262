import { type Environment, type EnvironmentSettings, environmentProblems } from './environment'
import { InvalidSettingsError, throwIfInvalid } from './problems'

/**
 * Examples: the account ids are those of AWS's documentation. Replace them with `npm run init`, which also adds environments.
 * The compiler requires each key in every stack's `settings.ts`; the Nx plugin makes it a configuration (`-c`).
 */
export const environments = {
  /** The local AWS emulator. */
  local: {
    account: '123456789012',
    region: 'us-east-1',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    vpcCidr: '10.10.0.0/16',
    domain: 'local.tideway.example',
    privateDomain: 'local.tideway.internal',
    protectData: false,
    logRetentionDays: 1,
    alarmEmails: [],
    costCentre: 'none',
    endpoints: 'emulator',
  },
  dev: {
    account: '111122223333',
    region: 'us-east-1',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    vpcCidr: '10.20.0.0/16',
    domain: 'dev.tideway.example',
    privateDomain: 'dev.tideway.internal',
    protectData: true,
    logRetentionDays: 30,
    alarmEmails: [],
    costCentre: 'platform-development',
    endpoints: 'aws',
  },
  prod: {
    account: '444455556666',
    region: 'us-east-1',
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    vpcCidr: '10.30.0.0/16',
    domain: 'tideway.example',
    privateDomain: 'prod.tideway.internal',
    protectData: true,
    logRetentionDays: 365,
    alarmEmails: ['oncall@tideway.example'],
    costCentre: 'platform-production',
    endpoints: 'aws',
  },
} as const satisfies Record<string, EnvironmentSettings>

export type EnvironmentName = keyof typeof environments

/** The validated environment of that name. Throws an InvalidSettingsError with its problems. */
export function environmentNamed(
  name: string,
  all: Readonly<Record<string, EnvironmentSettings>> = environments,
): Environment {
  if (!Object.hasOwn(all, name)) {
    throw unknownEnvironment(
      name,
      'Correct it, choose another by -c, or add it to packages/constructs/src/environments.ts.',
    )
  }
  throwIfInvalid(environmentProblems(name, all))
  return { name, ...(all[name] as EnvironmentSettings) }
}

/** The name of the chosen environment: TIDEWAY_ENV, which Nx sets from `-c`, or else Nx's default. */
export function chosenEnvironmentName(variables: NodeJS.ProcessEnv): string {
  const name = variables.TIDEWAY_ENV || variables.TIDEWAY_DEFAULT_ENV
  if (name) return name
  throw unknownEnvironment(undefined, 'Add -c and its name to the command, such as -c local.')
}

function unknownEnvironment(got: string | undefined, fix: string): InvalidSettingsError {
  const must = `name an environment: ${Object.keys(environments).join(', ')}`
  return new InvalidSettingsError([{ path: 'TIDEWAY_ENV', must, got, fix }])
}
