import { drought } from '@tideway/spot-simulator'
import { atMost, deterministic, type Figure, printFigures } from '@tideway/spot-simulator/figures'
import { TestAccount } from '../test/test-account'

/** The tasks of each pair. Its standby needs as many when all of them are lost. */
const tasks = 3

const droughtAt = 900

/** By default, AWS allows as many calls of DescribeServices, and as many of UpdateService. */
const { CALLS_PER_SECOND = '20', WRITES_PER_SECOND = '5' } = process.env
const rates = { CALLS_PER_SECOND, WRITES_PER_SECOND }

/** The goal: the time until all are covered, in relation to the time that the calls take. */
const maxRatio = 1.25

/** A pair that is not covered by then counts as never covered. */
const maxSeconds = 4 * 3600

/**
 * Measures how the work grows with the number of pairs: 15 minutes of calm, then a drought that takes every task.
 * Two concurrent functions share the two rates of calls and wait in virtual time, as long as deployed functions.
 * The bench `lambda` measures their memory.
 */
async function measure(pairs: number): Promise<Figure[]> {
  const fargateSpot = drought({ fromSeconds: droughtAt, toSeconds: 9 * 3600 })
  const account = new TestAccount({ fargateSpot }, rates)
  for (let index = 0; index < pairs; index++) account.addPair(`service-${index}`)
  const ecsCalls = () =>
    account.aws.endpoint.calls.filter(({ service }) => service === 'ecs').length
  const writes = () => account.writes.length
  const covered = () =>
    [...account.aws.services].filter(
      ({ name, desiredCount }) => name.endsWith('-standby') && desiredCount === tasks,
    ).length

  await account.aws.run(droughtAt)
  const calmCalls = ecsCalls()
  let half = Number.NaN
  let all = Number.NaN
  for (let seconds = 10; seconds <= maxSeconds && Number.isNaN(all); seconds += 10) {
    await account.aws.run(10)
    const count = covered()
    if (Number.isNaN(half) && count >= pairs / 2) half = seconds
    if (count === pairs) all = seconds
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${pairs} pairs: ${count} covered after ${seconds} s \x1b[K`)
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const calls = ecsCalls() - calmCalls
  const limit = Math.max(
    writes() / Number(rates.WRITES_PER_SECOND),
    (calls - writes()) / Number(rates.CALLS_PER_SECOND),
  )
  const of = `${pairs.toLocaleString('en')} pairs`
  const perSecond = `at ${rates.WRITES_PER_SECOND} writes and ${rates.CALLS_PER_SECOND} reads a second`
  return [
    deterministic(`${of}: ECS calls in calm`, calmCalls / (droughtAt / 60), 'a minute'),
    deterministic(`${of}, all without Spot at once: UpdateService calls`, writes(), ''),
    deterministic(`${of}: other ECS calls`, calls - writes(), ''),
    deterministic(`${of}: half of them covered after`, half, 's'),
    deterministic(`${of}: all covered after`, all, 's'),
    // Times are whole steps of ten seconds, which say nothing of a few pairs.
    deterministic(`${of}: of the time that the calls take ${perSecond}`, all / limit, 'times', {
      digits: 2,
      ...(pairs >= 1000 && { goal: atMost(maxRatio) }),
    }),
  ]
}

async function main(): Promise<void> {
  const given = process.argv.slice(2).map(Number).filter(Number.isInteger)
  const sizes = given.length > 0 ? given : [10, 100, 1000, 10_000]
  const figures: Figure[] = []
  for (const pairs of sizes) figures.push(...(await measure(pairs)))
  printFigures(figures, process.argv)
}

main()
