import { knobs } from '../src/knobs'
import { resultOf } from '../src/robustness'
import { robustnessCells } from '../src/robustness-table'
import type { Row } from '../src/run'
import { droughtScenario } from './support'

const row = (policy: Row['policy'], failedPerMillion: number, cost: number) =>
  ({
    policy,
    failedPerMillion,
    cost,
    unavoidablePerMillion: 40,
    requests: 1e6,
    desiredTaskHours: 10,
  }) as Row

describe('the row of a changed assumption', () => {
  it('names the baseline that fails least at no higher cost', () => {
    const rows = [
      row('tideway', 60, 0.6),
      row('flip', 20, 0.7),
      row('reactive', 50, 0.6),
      row('seed', 55, 0.5),
      row('oracle', 0, 0.5),
    ]
    const result = resultOf('slow retries', rows)
    expect(robustnessCells(result)).toEqual([
      'slow retries',
      '60.0',
      '40.0',
      '0.600',
      'no',
      'reactive 50.0 at 0.600',
    ])
  })

  it('lies on the frontier where every cheaper baseline fails more', () => {
    const rows = [row('tideway', 60, 0.6), row('flip', 20, 0.7), row('seed', 61, 0.5)]
    expect(resultOf('slow retries', rows).better).toBeUndefined()
  })
})

describe('a changed assumption', () => {
  const changed = Object.entries(knobs).map(([name, change]) => ({ name, change }))

  it.each(changed.slice(1))(
    '$name is different from the scenario, and from every other',
    ({ change }) => {
      const scenario = droughtScenario(1, 3)
      const same = changed.filter((other) => {
        const [one, two] = [other.change(scenario), change(scenario)]
        return JSON.stringify(one) === JSON.stringify(two)
      })
      expect(same).toHaveLength(1)
    },
  )
})
