import { resourcesOf } from '@tideway/constructs/testing'
import { network } from './fixture'

// Terraform identifies a resource by this id: with another id it destroys and recreates it. A new zone has other name
// servers, and a new key cannot decrypt existing data.
describe('a resource that must not be replaced keeps its id', () => {
  it.each([
    ['aws_kms_key', ['flow-logs_key_26A6A883']],
    ['aws_route53_zone', ['zones_private_B3A7E99E', 'zones_public_02A914C8']],
  ])('%s', (type, ids) => {
    expect(Object.keys(resourcesOf(network(), type)).sort()).toEqual(ids)
  })
})

it('uses the name of its environment for names only', () => {
  const called = (name: string) => JSON.stringify(network({}, { name })).split(name)
  expect(called('alpha')).toEqual(called('gamma'))
})
