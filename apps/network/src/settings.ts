import {
  checkEach,
  type Environment,
  type EnvironmentName,
  isStrings,
  oneOf,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

/** AWS services that tasks and instances call, and that can have an interface endpoint. */
export const interfaceServices = [
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'ecs-agent',
  'ecs-telemetry',
  'logs',
  'secretsmanager',
  'sqs',
  'ssm',
  'sts',
] as const

export interface NetworkSettings {
  /** `one-per-zone` survives the loss of a zone. `one` costs a third, but its zone is a single point of failure. */
  readonly natGateways: 'one' | 'one-per-zone'
  /**
   * The services with an interface endpoint. Calls of the others go through NAT to the public endpoints of AWS, by TLS.
   * S3 and DynamoDB always have a gateway endpoint, which is free.
   */
  readonly endpoints: readonly (typeof interfaceServices)[number][]
  /** The number of zones with addresses of the interface endpoints. Other zones use them across zones. */
  readonly endpointZones: number
  /** `create` a public hosted zone for the domain, or `adopt` the existing one. */
  readonly publicZone: 'create' | 'adopt'
}

export const settings: Readonly<Record<EnvironmentName, NetworkSettings>> = {
  local: {
    natGateways: 'one',
    endpoints: interfaceServices,
    endpointZones: 1,
    publicZone: 'create',
  },
  // Ten endpoints would cost twice as much as NAT, and layers of images come from S3, past NAT.
  dev: { natGateways: 'one', endpoints: [], endpointZones: 1, publicZone: 'create' },
  prod: {
    natGateways: 'one-per-zone',
    endpoints: interfaceServices,
    endpointZones: 3,
    publicZone: 'create',
  },
}

/** Throws if the settings do not fit the environment. */
export function checkSettings(
  settings: NetworkSettings,
  { name, availabilityZones: { length: zones } }: Environment,
): void {
  const path = `apps/network/src/settings.ts: ${name}`
  const { problems } = checkEach<NetworkSettings>(path, settings, {
    natGateways: oneOf('one', 'one-per-zone'),
    endpoints: {
      hasType: isStrings as (value: unknown) => value is NetworkSettings['endpoints'],
      isValid: (services) =>
        services.every((service) => interfaceServices.includes(service)) &&
        new Set(services).size === services.length,
      must: `list services, each once: ${interfaceServices.join(', ')}`,
      fix: 'Correct the list; it may be empty.',
    },
    endpointZones: wholeNumber(1, zones, ', the zones of this environment'),
    publicZone: oneOf('create', 'adopt'),
  })
  throwIfInvalid(problems)
}
