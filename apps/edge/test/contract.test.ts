import { contracts } from '@tideway/constructs'
import { referenceAt } from '@tideway/constructs/testing'
import { edge } from './fixture'

describe('the contract of the edge', () => {
  it('publishes each output under its own name, with the right value', () => {
    const json = edge()
    const outputs = Object.entries(json.output ?? {})
    const values = Object.fromEntries(outputs.map(([name, { value }]) => [name, value]))
    const ofSite = (attribute: string) =>
      referenceAt(json, 'aws_cloudfront_distribution', 'distribution/distribution', attribute)
    expect(values).toEqual({
      site_url: 'https://test.example',
      distribution_id: ofSite('id'),
      distribution_arn: ofSite('arn'),
      distribution_domain_name: ofSite('domain_name'),
      zone_ds_record: referenceAt(
        json,
        'aws_route53_key_signing_key',
        'zone-signing/signing-key',
        'ds_record',
      ),
    })
    expect(Object.keys(values).sort()).toEqual(Object.keys(contracts.edge).sort())
  })
})
