import { drought } from '@tideway/spot-simulator'
import { TestAccount } from '../test/test-account'

/** The tasks of each pair. Its standby needs as many once they are all lost. */
const tasks = 3

const droughtAt = 900

/** After which a pair that is not covered counts as never covered. */
const mostSeconds = 4 * 3600

/**
 * How the work grows with the number of pairs: a quiet quarter of an hour, then a drought that takes every task
 * of every pair. Two functions at once share 20 calls a second, and wait for them in virtual time, so the
 * seconds are those that deployed functions need. What one of them takes of memory is in the bench `lambda`.
 */
async function measure(pairs: number): Promise<Record<string, number>> {
  const account = new TestAccount({
    fargateSpot: drought({ fromSeconds: droughtAt, toSeconds: 9 * 3600 }),
  })
  for (let index = 0; index < pairs; index++) account.addPair(`service-${index}`)
  const ofEcs = () => account.aws.endpoint.calls.filter(({ service }) => service === 'ecs').length
  const covered = () =>
    [...account.aws.services].filter(
      ({ name, desiredCount }) => name.endsWith('-standby') && desiredCount === tasks,
    ).length

  await account.aws.run(droughtAt)
  const quiet = ofEcs()
  let half = Number.NaN
  let all = Number.NaN
  for (let seconds = 10; seconds <= mostSeconds && Number.isNaN(all); seconds += 10) {
    await account.aws.run(10)
    const count = covered()
    if (Number.isNaN(half) && count >= pairs / 2) half = seconds
    if (count === pairs) all = seconds
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${pairs} pairs: ${count} covered after ${seconds} s \x1b[K`)
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const calls = ofEcs() - quiet
  return {
    pairs,
    quietCallsAMinute: Math.round(quiet / (droughtAt / 60)),
    callsToCover: calls,
    callsAPair: Math.round((10 * calls) / pairs) / 10,
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
