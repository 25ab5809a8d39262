import { bestDominating, isBaseline } from './frontier'
import { rowOf } from './goals'
import { combinations, type Job } from './job'
import { knobs } from './knobs'
import { mergeRows } from './merge'
import { InvalidOption, readOptions } from './options'
import { policies } from './policies'
import { Progress } from './progress'
import { type RobustnessRow, robustnessCells, robustnessTitles } from './robustness-table'
import type { Row } from './run'
import { table } from './table'
import { runJobs } from './workers'

/** One long drought, many short ones, and capacity that comes and goes. */
const scenarios = ['long-drought', 'short-droughts', 'flapping']

/**
 * Changes one assumption of the simulation at a time.
 *
 * @param args the arguments after `npm run bench -- robustness`
 * @returns the text to print
 */
export async function robustnessBench(
  args: readonly string[],
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<string> {
  const options = readOptions(args)
  if (options.report !== undefined) {
    throw new InvalidOption(
      '--report: only for `policies`; use npm run bench -- policies --report FILE',
    )
  }
  const [combination] = combinations.filter(
    ({ application, deregistration }) =>
      application === 'serves-until-drained' && deregistration === 'at-stop',
  )
  if (combination === undefined) throw new RangeError('no combination for the robustness')
  const compared = policies
    .map(({ name }) => name)
    .filter((policy) => policy === 'tideway' || isBaseline({ policy }))
  const chosen = options.scenarios.length > 0 ? options.scenarios : scenarios
  const jobs: Job[] = Object.keys(knobs).flatMap((knob) =>
    compared.flatMap((policy) =>
      chosen.map((scenario) => ({
        source: { traces: undefined, days: options.days },
        seed: 1,
        scenario,
        policy,
        knob,
        ...combination,
      })),
    ),
  )
  const progress = new Progress(stderr)
  try {
    const ran = await runJobs(jobs, options.workers, (done, text) =>
      progress.show(`${done + 1}/${jobs.length}  ${text}`),
    )
    const rows = ran.map(({ row }) => row)
    const results = Object.keys(knobs).map((knob) =>
      resultOf(
        knob,
        rows.filter((_, index) => jobs[index]?.knob === knob),
      ),
    )
    return options.isJson
      ? `${JSON.stringify({ rows: results }, null, 2)}\n`
      : `${robustnessReport(results)}\n`
  } finally {
    progress.end()
  }
}

/** @param rows of all policies and scenarios */
export function resultOf(knob: string, rows: readonly Row[]): RobustnessRow {
  const names = [...new Set(rows.map(({ policy }) => policy))]
  const merged = names.map((name) =>
    mergeRows(
      rows.filter(({ policy }) => policy === name),
      knob,
    ),
  )
  const own = rowOf(merged, 'tideway')
  if (own === undefined) throw new RangeError(`${knob}: no row for tideway`)
  const { failedPerMillion, unavoidablePerMillion, cost } = own
  const better = bestDominating(own, merged)
  return {
    knob,
    failedPerMillion,
    unavoidablePerMillion,
    cost,
    ...(better && {
      better: {
        policy: better.policy,
        failedPerMillion: better.failedPerMillion,
        cost: better.cost,
      },
    }),
  }
}

function robustnessReport(rows: readonly RobustnessRow[]): string {
  const met = rows.filter(({ better }) => better === undefined).length
  return [
    `tideway lies on the frontier of failed requests and cost in ${met} of ${rows.length}; failed requests per million`,
    table([robustnessTitles, ...rows.map(robustnessCells)]),
  ].join('\n')
}
