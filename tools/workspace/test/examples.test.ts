import { examplesFolder, services, servicesIn } from '@tideway/compute/src/services'
import { outcomesOf } from '@tideway/controls/outcomes'
import { callersOf } from '../src/service'
import { synthesizedWith } from '../src/service-effects'
import { alarmRows, checkAlarms, pages } from './alarm-pages'

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

it('each alarm of the services and of the failover has a page, and each page an alarm', () => {
  const compute = synthesizedWith('prod', { ...services, ...examples })
  expect(checkAlarms([compute], alarmRows('Failover', 'Services'), 'prod')).toEqual({
    problems: [],
    unused: [],
  })
})

it('the dashboard asks the questions that the pages name', () => {
  const { resource } = synthesizedWith('prod', { ...services, ...examples })
  const dashboards = JSON.stringify(Object.values(resource?.aws_cloudwatch_dashboard ?? {}))
  const asked = [...pages.values()].flatMap((text) =>
    [...text.matchAll(/question "([^"]+)"/g)].map(([, question = '']) => question),
  )
  expect(asked.length).toBeGreaterThan(3)
  expect(asked.filter((question) => !dashboards.includes(question))).toEqual([])
})

it('a removal names all hosts under which others call the service', () => {
  const { grpc, frontend } = examples
  if (!grpc || !frontend) throw new Error('an example is missing')
  expect(callersOf('grpc', grpc)).toBe(
    'Services that call prices.internal.<domain> or grpc.internal.<domain> fail. Change them first.\n',
  )
  expect(callersOf('frontend', frontend)).toMatch(/^Its requests go to/)
})
