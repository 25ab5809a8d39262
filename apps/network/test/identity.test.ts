import { resourcesOf } from '@tideway/constructs/testing'
import { network } from './fixture'

// Terraform knows a resource by this id. With another id it destroys the old one and makes a new
// one: a zone with other name servers, a key that opens nothing of what was written before.
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
