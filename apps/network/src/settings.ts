import {
  checkEach,
  type Environment,
  type EnvironmentName,
  oneOf,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

export interface NetworkSettings {
  /** `one-per-zone` survives the loss of a zone. `one` costs a third, but its zone is a single point of failure. */
  readonly natGateways: 'one' | 'one-per-zone'
  /**
   * The number of zones with addresses of the interface endpoints. Other zones use them across zones.
   * Each zone costs about 73 USD a month, for ten endpoints.
   */
  readonly endpointZones: number
  /** `create` a public hosted zone for the domain, or `adopt` the existing one. */
  readonly publicZone: 'create' | 'adopt'
}

export const settings: Readonly<Record<EnvironmentName, NetworkSettings>> = {
  local: { natGateways: 'one', endpointZones: 1, publicZone: 'create' },
  dev: { natGateways: 'one', endpointZones: 1, publicZone: 'create' },
  prod: { natGateways: 'one-per-zone', endpointZones: 3, publicZone: 'create' },
}

/** Throws if the settings do not fit the environment. */
export function checkSettings(
  settings: NetworkSettings,
  { name, availabilityZones: { length: zones } }: Environment,
): void {
  const path = `apps/network/src/settings.ts: ${name}`
  const { problems } = checkEach<NetworkSettings>(path, settings, {
    natGateways: oneOf('one', 'one-per-zone'),
    endpointZones: wholeNumber(1, zones, ', the zones of this environment'),
    publicZone: oneOf('create', 'adopt'),
  })
  throwIfInvalid(problems)
}
