import { resourcesOf } from '@tideway/constructs/testing'
import { edge } from './fixture'

// Terraform knows a resource by this id. With another id it destroys the old one and makes a new one: a zone
// that is signed with another key than the zone above knows is gone, and so is a site in the meantime.
describe('a resource that must not be replaced keeps its id', () => {
  it.each([
    ['aws_cloudfront_distribution', ['distribution_4EC597ED']],
    ['aws_kms_key', ['us-east-1_monitoring_key_142DED92', 'us-east-1_zone-signing_key_A3DE53E0']],
    ['aws_route53_key_signing_key', ['us-east-1_zone-signing_signing-key_67AF71B3']],
  ])('%s', (type, ids) => {
    expect(Object.keys(resourcesOf(edge(), type)).sort()).toEqual(ids)
  })
})

it('uses the name of its environment for names only', () => {
  const called = (name: string) => JSON.stringify(edge({ name })).split(name)
  expect(called('alpha')).toEqual(called('gamma'))
})
