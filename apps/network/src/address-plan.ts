import { formatCidr, parseCidr, subnetOf } from '@tideway/constructs'

export type Tier = 'public' | 'private' | 'isolated'

/**
 * Cuts the VPC's range so that a third zone can be added later without moving a subnet:
 * each of the first three quarters is the private subnet of a zone, since every task takes an
 * address there; the last quarter holds a public and an isolated subnet of a 64th for each.
 *
 * For 10.0.0.0/16: private 10.0.0.0/18, 10.0.64.0/18, 10.0.128.0/18; public from 10.0.192.0/22;
 * isolated from 10.0.208.0/22; 10.0.224.0/19 is left free.
 */
export function subnetCidr(vpcCidr: string, tier: Tier, zoneIndex: number): string {
  const range = parseCidr(vpcCidr)
  if (range === undefined) throw new RangeError(`not an address range: ${vpcCidr}`)
  const part = {
    private: { newBits: 2, first: 0 },
    public: { newBits: 6, first: 48 },
    isolated: { newBits: 6, first: 52 },
  }[tier]
  return formatCidr(subnetOf(range, part.newBits, part.first + zoneIndex))
}
