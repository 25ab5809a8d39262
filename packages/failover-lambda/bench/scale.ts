import { drought } from '@tideway/spot-simulator'
import { TestAccount } from '../test/test-account'

/** The tasks of each pair. Its standby needs as many when all of them are lost. */
const tasks = 3

const droughtAt = 900

/** A pair that is not covered by then counts as never covered. */
const maxSeconds = 4 * 3600

/**
 * Measures how the work grows with the number of pairs: 15 minutes of calm, then a drought that takes every task.
 * Two concurrent functions share 20 calls per second and wait in virtual time, as long as deployed functions.
 * The bench `lambda` measures their memory.
 */
async function measure(pairs: number): Promise<Record<string, number>> {
  const account = new TestAccount({
    fargateSpot: drought({ fromSeconds: droughtAt, toSeconds: 9 * 3600 }),
  })
  for (let index = 0; index < pairs; index++) account.addPair(`service-${index}`)
  const ecsCalls = () =>
    account.aws.endpoint.calls.filter(({ service }) => service === 'ecs').length
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
  return {
    pairs,
    calmCallsPerMinute: Math.round(calmCalls / (droughtAt / 60)),
    callsToCover: calls,
    callsPerPair: Math.round((10 * calls) / pairs) / 10,
    secondsUntilHalfAreCovered: half,
    secondsUntilAllAreCovered: all,
  }
}

async function main(): Promise<void> {
  const rows: Record<string, number>[] = []
  for (const pairs of [10, 100, 1000, 10_000]) {
    rows.push(await measure(pairs))
    if (!process.argv.includes('--json')) console.table(rows.slice(-1))
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ rows })}\n`)
}

main()
