import { allowedHoleSeconds, Drill, type DrillReport } from '../drought/drill'
import { run } from '../drought/pace'
import type { World } from '../drought/world'

/** Runs a drill, tells its story as it goes, and gives the verdict. */
export async function runDrill(
  world: World,
  speed: number,
  say: (line: string) => void,
  isStopped: () => boolean = () => false,
): Promise<DrillReport> {
  const drill = new Drill(world)
  let told = 0
  say(
    `drill, ${speed} times as fast as the clock: a release, then a drought of ${(drill.plan.droughtEndsAt - drill.plan.droughtAt) / 60} minutes on ${world.spotProviders.join(' and ')}`,
  )
  await run(
    world,
    () => speed,
    () => drill.isDone || isStopped(),
    () => {
      const { happenings } = world.story
      for (const line of grouped(happenings.since(told))) say(line)
      told = happenings.total
    },
  )
  const report = drill.report()
  for (const line of verdict(report)) say(line)
  return report
}

interface Told {
  readonly at: number
  readonly text: string
}

/** What happens at one moment stands in one line. */
function grouped(happenings: readonly Told[]): string[] {
  const moments = new Map<string, Map<string, number>>()
  for (const { at, text } of happenings) {
    const moment = moments.get(clock(at)) ?? new Map<string, number>()
    moments.set(clock(at), moment.set(text, (moment.get(text) ?? 0) + 1))
  }
  return [...moments].map(([at, texts]) => {
    const parts = [...texts].map(([text, count]) =>
      count === 1 ? text : `${text} (${count} times)`,
    )
    return `  ${at}  ${parts.join('; ')}`
  })
}

export function verdict({
  hasPassed,
  failures,
  services,
  events,
  invocations,
  seconds,
}: DrillReport): string[] {
  const width = Math.max(...services.map(({ name }) => name.length))
  return [
    '',
    ...services.map(
      ({
        name,
        mostStandby,
        raisedAfterSeconds,
        givenBackAfterSeconds,
        longestShortfallSeconds,
        relativeCost,
      }) =>
        [
          `  ${name.padEnd(width)}`,
          `below its count for ${Math.round(longestShortfallSeconds)} s`,
          raisedAfterSeconds === undefined
            ? 'no standby raised'
            : `standby asked for after ${Math.round(raisedAfterSeconds)} s, up to ${mostStandby} tasks`,
          givenBackAfterSeconds === undefined
            ? 'not given back'
            : `given back ${clock(givenBackAfterSeconds)} after the drought`,
          `cost ${relativeCost.toFixed(2)} of all on demand`,
        ].join(', '),
    ),
    `  ${events} events, ${invocations} invocations, ${clock(seconds)} of the simulated clock; a service may be below its count for ${allowedHoleSeconds} s`,
    '',
    ...(hasPassed
      ? ['the drill is passed']
      : ['the drill is FAILED', ...failures.map((failure) => `  ${failure}`)]),
  ]
}

function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${String(Math.floor(whole / 60)).padStart(2, ' ')}:${String(whole % 60).padStart(2, '0')}`
}
