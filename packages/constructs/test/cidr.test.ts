import fc from 'fast-check'
import { type Cidr, formatCidr, overlaps, parseCidr, subnetOf } from '../src'

const ranges: fc.Arbitrary<Cidr> = fc
  .record({ address: fc.nat({ max: 2 ** 32 - 1 }), prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, prefix }) => ({ base: address - (address % 2 ** (32 - prefix)), prefix }))

describe('address ranges', () => {
  it('are parsed and formatted', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        expect(parseCidr(formatCidr(range))).toEqual(range)
      }),
    )
  })

  it.each([
    '',
    '10.0.0.0',
    '10.0.0/16',
    '10.0.0.0/33',
    '10.0.0.256/32',
    '10.0.0.1/31',
    ' 10.0.0.0/8',
    10,
    null,
  ])('reject %p', (text) => {
    expect(parseCidr(text)).toBeUndefined()
  })

  it('overlap if and only if they share an address', () => {
    // Ranges nest or are disjoint: they overlap if and only if one contains the base of the other.
    const holds = (range: Cidr, address: number) =>
      address >= range.base && address < range.base + 2 ** (32 - range.prefix)
    fc.assert(
      fc.property(ranges, ranges, (one, other) => {
        const shared = holds(one, other.base) || holds(other, one.base)
        expect(overlaps(one, other)).toBe(shared)
        expect(overlaps(other, one)).toBe(shared)
      }),
    )
  })

  it('are split into subnets that fill them and do not overlap', () => {
    expect(
      [0, 1, 2, 3].map((index) => formatCidr(subnetOf({ base: 0x0a000000, prefix: 16 }, 2, index))),
    ).toEqual(['10.0.0.0/18', '10.0.64.0/18', '10.0.128.0/18', '10.0.192.0/18'])
  })

  it.each([
    [2, 4],
    [2, -1],
    [17, 0],
  ])('have no subnet of 2^%i at %i', (newBits, index) => {
    expect(() => subnetOf({ base: 0x0a000000, prefix: 16 }, newBits, index)).toThrow(RangeError)
  })
})
