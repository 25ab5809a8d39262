import {
  checkEach,
  type Environment,
  type EnvironmentName,
  oneOf,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

export interface NetworkSettings {
  /** `one-per-zone` survives the loss of a zone; `one` costs a third, and takes every zone offline with its own. */
  readonly natGateways: 'one' | 'one-per-zone'
  /**
   * In how many zones the interface endpoints have addresses: the other zones reach them across.
   * Each zone costs about 73 USD a month, for ten endpoints.
   */
  readonly endpointZones: number
  /** `create` makes the public hosted zone of the domain; `adopt` finds one that is there already. */
  readonly publicZone: 'create' | 'adopt'
}

export const settings: Readonly<Record<EnvironmentName, NetworkSettings>> = {
  local: { natGateways: 'one', endpointZones: 1, publicZone: 'create' },
  dev: { natGateways: 'one', endpointZones: 1, publicZone: 'create' },
  prod: { natGateways: 'one-per-zone', endpointZones: 3, publicZone: 'create' },
}

/** Stops the synthesis where the settings do not fit the environment. */
export function checkSettings(
  settings: NetworkSettings,
  { name, availabilityZones: { length: zones } }: Environment,
): void {
  const { problems } = checkEach<NetworkSettings>(
    `apps/network/src/settings.ts: ${name}`,
    settings,
    {
      natGateways: oneOf('one', 'one-per-zone'),
      endpointZones: wholeNumber(1, zones, ', the zones of this environment'),
      publicZone: oneOf('create', 'adopt'),
    },
  )
  throwIfInvalid(problems)
}
