import { drought } from '@tideway/spot-simulator'
import { World } from '../test/world'

/**
 * How the work grows with the number of pairs: a quiet quarter of an hour, then a drought that hits all of
 * them at once. Counts of calls, and the seconds that they take at 20 calls a second, which is what the
 * function allows itself; memory is that of the whole process, the simulated AWS included.
 */
async function measure(pairs: number): Promise<Record<string, number>> {
  const world = new World({ fargateSpot: drought({ fromSeconds: 900, toSeconds: 9 * 3600 }) })
  for (let index = 0; index < pairs; index++) world.pair(`service-${index}`)
  const { calls } = world.aws.endpoint
  const ofEcs = () => calls.filter(({ service }) => service === 'ecs').length
  await world.aws.run(840)
  const quiet = ofEcs()
  let covered = 0
  const started = world.aws.now
  for (let seconds = 0; seconds < 1800 && covered < pairs; seconds += 10) {
    await world.aws.run(10)
    covered = [...world.aws.services].filter(
      ({ name, desiredCount }) => name.endsWith('-standby') && desiredCount === 3,
    ).length
  }
  const toCover = ofEcs() - quiet
  return {
    pairs,
    quietCallsAMinute: Math.round(quiet / 14),
    covered,
    callsToCover: toCover,
    callsAPair: Math.round((10 * toCover) / pairs) / 10,
    secondsAtTwentyCallsASecond: Math.round(toCover / 20),
    virtualSecondsUntilDecided: (world.aws.now - started) / 1000 - 60,
    processMegabytes: Math.round(process.memoryUsage().rss / 1e6),
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
