import type { Environment } from '@tideway/constructs'
import {
  type Block,
  referenceAt,
  resourcesOf,
  type Synthesized,
  synthesizedOnce,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import { interfaceServices, type NetworkSettings } from '../src/settings'
import { NetworkStack } from '../src/stack'

export const twoZones = ['eu-central-1a', 'eu-central-1b']

/** The network in three zones of 10.0.0.0/16, with a NAT gateway and an endpoint address in each. */
export const network = synthesizedOnce(
  (settings: Partial<NetworkSettings> = {}, environment: Partial<Environment> = {}) =>
    new NetworkStack(testApp(), {
      environment: testEnvironment(environment),
      settings: {
        natGateways: 'one-per-zone',
        endpoints: interfaceServices,
        endpointZones: 3,
        publicZone: 'create',
        ...settings,
      },
    }),
)

export function subnetRef(json: Synthesized, tier: string, letter: string): string {
  return referenceAt(json, 'aws_subnet', `subnets/${tier}-${letter}`)
}

/** The reference to the only route table of a subnet. */
export function tableOf(json: Synthesized, subnet: string): string {
  const associations = Object.values(resourcesOf(json, 'aws_route_table_association'))
  const tables = associations.filter(({ subnet_id }) => subnet_id === subnet)
  expect(tables).toHaveLength(1)
  return tables[0]?.route_table_id
}

/** The routes of a subnet, without the local route. */
export function routesOf(json: Synthesized, subnet: string): Block[] {
  const table = tableOf(json, subnet)
  for (const block of Object.values(resourcesOf(json, 'aws_route_table'))) {
    expect(block).not.toHaveProperty('route')
  }
  return Object.values(resourcesOf(json, 'aws_route'))
    .filter(({ route_table_id }) => route_table_id === table)
    .map(({ '//': _, route_table_id: __, ...route }) => route)
}
