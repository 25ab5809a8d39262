import { resourcesOf } from '@tideway/constructs/testing'
import { edge } from './fixture'

// Terraform identifies a resource by this id: with another id it destroys and recreates it. A zone that is signed
// with another key than the DS record of the parent does not resolve, and the site would be down meanwhile.
describe('a resource that must not be replaced keeps its id', () => {
  it.each([
    [
      'aws_cloudfront_distribution',
      [
        'distribution_4EC597ED',
        'us-east-1_hosts_grpc-hosts_distribution_1938579F',
        'us-east-1_hosts_http-hosts_distribution_E61D70F0',
      ],
    ],
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
