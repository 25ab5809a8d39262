import { examplesFolder, services, servicesIn } from '@tideway/compute/src/services'
import { outcomesOf } from '@tideway/controls/outcomes'
import { synthesizedWith } from '../src/service-effects'

const examples = servicesIn(examplesFolder)

it('the examples comply with all controls in prod', () => {
  const compute = synthesizedWith('prod', { ...services, ...examples })
  const ofExamples = new RegExp(`/(${Object.keys(examples).join('|')})\\b`)
  const outcomes = outcomesOf({ compute }, false)
  const checked = outcomes.flatMap(({ result }) => result.resources.map(({ path }) => path))
  expect(checked.filter((path) => ofExamples.test(path)).length).toBeGreaterThan(100)
  const failed = outcomes.flatMap(({ result: { control }, verdict: { kind, reasons } }) =>
    kind === 'FAIL' ? reasons.map((reason) => `${control.id}: ${reason}`) : [],
  )
  expect(failed.filter((reason) => ofExamples.test(reason))).toEqual([])
})
