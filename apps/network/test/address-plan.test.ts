import { overlaps, parseCidr } from '@tideway/constructs'
import { subnetCidr, type Tier } from '../src/address-plan'

const tiers: Tier[] = ['public', 'private', 'isolated']

describe('the address plan', () => {
  it.each(['10.0.0.0/16', '10.0.0.0/21', '172.16.0.0/18'])(
    'assigns every tier of three zones its own range in %s',
    (vpc) => {
      const ranges = tiers.flatMap((tier) =>
        [0, 1, 2].map((zone) => parseCidr(subnetCidr(vpc, tier, zone))),
      )
      for (const [index, range] of ranges.entries()) {
        expect(range).toBeDefined()
        for (const other of ranges.slice(index + 1)) {
          expect(range && other && overlaps(range, other)).toBe(false)
        }
        const vpcRange = parseCidr(vpc)
        expect(vpcRange && range && overlaps(vpcRange, range)).toBe(true)
      }
    },
  )

  it('keeps the subnets of two zones when a third is added', () => {
    expect(tiers.map((tier) => subnetCidr('10.0.0.0/16', tier, 1))).toEqual([
      '10.0.196.0/22',
      '10.0.64.0/18',
      '10.0.212.0/22',
    ])
  })

  it('has room for a load balancer in the smallest VPC', () => {
    expect(parseCidr(subnetCidr('10.0.0.0/21', 'public', 0))?.prefix).toBe(27)
  })
})
