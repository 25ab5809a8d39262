import { formatCidr, parseCidr, subnetOf } from '@tideway/constructs'

export type Tier = 'public' | 'private' | 'isolated'

/**
 * The address range of a subnet. The plan has room for three zones, so adding a zone moves no subnet.
 * Each of the first three quarters of the VPC is a private subnet, because every task needs an address
 * there. Public and isolated subnets are a 64th each, in the last quarter.
 *
 * For 10.0.0.0/16: private 10.0.0.0/18, 10.0.64.0/18, 10.0.128.0/18; public from 10.0.192.0/22;
 * isolated from 10.0.208.0/22; 10.0.224.0/19 is unused.
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
