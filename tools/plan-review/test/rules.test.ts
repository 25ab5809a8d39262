import { rules } from '../src/rules'
import { foundIn } from './plans'
import { samples } from './rule-samples'

describe('the list of rules', () => {
  it('has each rule once, with samples that it finds and near misses', () => {
    const ids = rules.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(samples).sort()).toEqual([...ids].sort())
    for (const { finds, leaves } of Object.values(samples)) {
      expect(finds.length).toBeGreaterThan(0)
      expect(leaves.length).toBeGreaterThan(0)
    }
  })
})

const found = Object.entries(samples).flatMap(([id, { finds }]) =>
  finds.map(([entry, says], index) => [id, index + 1, entry, says] as const),
)
const left = Object.entries(samples).flatMap(([id, { leaves }]) =>
  leaves.map((entry, index) => [id, index + 1, entry] as const),
)

describe('a danger', () => {
  it.each(found)('is found by %s (%d)', (id, _, entry, says) => {
    expect((foundIn(entry)[id] ?? []).join('; ')).toContain(says)
  })
})

describe('a near miss', () => {
  it.each(left)('is ignored by %s (%d)', (id, _, entry) => {
    expect(foundIn(entry)[id]).toBeUndefined()
  })
})
