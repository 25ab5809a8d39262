import { referenceAt, resourceAt, resourcesOf } from '@tideway/constructs/testing'
import { network } from './fixture'

describe('the public zone', () => {
  it('is created for the domain of the environment', () => {
    const json = network({ publicZone: 'create' }, { domain: 'shop.example' })
    const zone = resourceAt(json, 'aws_route53_zone', 'zones/public')
    expect(zone.name).toBe('shop.example')
    // A zone with a VPC is private.
    expect(zone).not.toHaveProperty('vpc')
    expect(json.data).toBeUndefined()
  })

  it.each([true, false])('has prevent_destroy if data is protected (%s)', (protectData) => {
    const zone = resourceAt(network({}, { protectData }), 'aws_route53_zone', 'zones/public')
    expect(zone.lifecycle?.prevent_destroy ?? false).toBe(protectData)
  })

  it('is read and not created if adopted', () => {
    const json = network({ publicZone: 'adopt' }, { domain: 'shop.example' })
    const found = Object.entries(json.data?.aws_route53_zone ?? {})
    expect(found).toHaveLength(1)
    expect(found[0]?.[1]).toMatchObject({ name: 'shop.example', private_zone: false })
    expect(json.output?.public_zone_id?.value).toBe(
      `\${data.aws_route53_zone.${found[0]?.[0]}.zone_id}`,
    )
    const made = Object.values(resourcesOf(json, 'aws_route53_zone')).map(({ name }) => name)
    expect(made).toEqual(['test.internal'])
  })
})

describe('the private zone', () => {
  it.each(['create', 'adopt'] as const)(
    'resolves in the VPC only (public zone: %s)',
    (publicZone) => {
      const json = network({ publicZone }, { privateDomain: 'shop.internal' })
      expect(resourceAt(json, 'aws_route53_zone', 'zones/private')).toMatchObject({
        name: 'shop.internal',
        vpc: [{ vpc_id: referenceAt(json, 'aws_vpc', 'vpc/vpc') }],
      })
    },
  )
})
