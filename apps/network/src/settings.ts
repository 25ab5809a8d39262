import { type Environment, type EnvironmentName, type Problem, refuse } from '@tideway/constructs'

export interface NetworkSettings {
  /** `one-per-zone` survives the loss of a zone; `one` costs a third, and takes every zone offline with its own. */
  readonly natGateways: 'one' | 'one-per-zone'
  /** In how many zones each interface endpoint has an address. Each costs about 7 USD a month; the other zones reach it across. */
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
  { natGateways, endpointZones, publicZone }: NetworkSettings,
  { name, availabilityZones }: Environment,
): void {
  const path = `apps/network/src/settings.ts: ${name}`
  const problems: Problem[] = []
  const zones = availabilityZones.length
  if (!Number.isInteger(endpointZones) || endpointZones < 1 || endpointZones > zones) {
    problems.push({
      path: `${path}.endpointZones`,
      must: `be a whole number from 1 to ${zones}, the zones of this environment`,
      got: endpointZones,
      fix: 'Lower it, or add a zone to the environment.',
    })
  }
  if (natGateways !== 'one' && natGateways !== 'one-per-zone') {
    const must = 'be "one" or "one-per-zone"'
    problems.push({ path: `${path}.natGateways`, must, got: natGateways, fix: 'Choose either.' })
  }
  if (publicZone !== 'create' && publicZone !== 'adopt') {
    const must = 'be "create" or "adopt"'
    problems.push({ path: `${path}.publicZone`, must, got: publicZone, fix: 'Choose either.' })
  }
  refuse(problems)
}
