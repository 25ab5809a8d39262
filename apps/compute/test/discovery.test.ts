import { soleResource } from '@tideway/constructs/testing'
import { compute, networkOutput } from './fixture'

describe('the namespace of the services', () => {
  it('is seen by the VPC, below the private zone and not in its place', () => {
    const json = compute({ privateDomain: 'shop.internal' })
    expect(soleResource(json, 'aws_service_discovery_private_dns_namespace')).toMatchObject({
      name: 'services.shop.internal',
      vpc: networkOutput('vpc_id'),
    })
  })
})
