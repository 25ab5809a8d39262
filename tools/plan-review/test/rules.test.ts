import { rules } from '../src/rules'
import { foundIn } from './plans'
import { samples } from './rule-samples'

describe('the list of rules', () => {
  it('has each rule once, with samples that it finds and near misses', () => {
    const ids = rules.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(samples).sort()).toEqual([...ids].sort())
    for (const { finds, ignores } of Object.values(samples)) {
      expect(finds.length).toBeGreaterThan(0)
      expect(ignores.length).toBeGreaterThan(0)
    }
  })
})

const found = Object.entries(samples).flatMap(([id, { finds }]) =>
  finds.map(([entry, message], index) => [id, index + 1, entry, message] as const),
)
const ignored = Object.entries(samples).flatMap(([id, { ignores }]) =>
  ignores.map((entry, index) => [id, index + 1, entry] as const),
)

describe('a violation', () => {
  it.each(found)('is found by %s (%d)', (id, _, entry, message) => {
    expect((foundIn(entry)[id] ?? []).join('; ')).toContain(message)
  })
})

describe('a near miss', () => {
  it.each(ignored)('is ignored by %s (%d)', (id, _, entry) => {
    expect(foundIn(entry)[id]).toBeUndefined()
  })
})
