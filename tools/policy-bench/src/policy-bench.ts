import { writeFileSync } from 'node:fs'
import { figuresOf } from './figures'
import { combinations, type Job, type Result, scenariosOf } from './job'
import { mergeRows } from './merge'
import { InvalidOption, type Options, readOptions } from './options'
import { pageOf, type Run } from './page/page'
import { policies } from './policies'
import { Progress } from './progress'
import { report } from './report'
import { checkReportFile } from './report-file'
import { isCalm, type Scenario } from './scenario'
import { runJobs } from './workers'

/**
 * Compares the policies.
 *
 * @param args the arguments after `npm run bench -- policies`
 * @param stderr shows the progress, and the file that was written
 * @returns the text to print
 */
export async function policyBench(
  args: readonly string[],
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<string> {
  const started = performance.now()
  const options = readOptions(args)
  if (options.report !== undefined) checkReportFile(options.report)
  const run = await runAll(options, new Progress(stderr))
  if (options.report !== undefined) {
    const page = pageOf({ ...run, args, seeds: options.seeds, date: new Date() })
    writeFileSync(options.report, page)
    stderr.write(`wrote ${options.report} (${(Buffer.byteLength(page) / 1e6).toFixed(2)} MB)\n`)
  }
  if (options.isJson) return `${JSON.stringify({ rows: run.rows, figures: figuresOf(run.rows) })}\n`
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return `${report(run.rows)}\n\ntook ${seconds} s\n`
}

async function runAll(
  options: Options,
  progress: Progress,
): Promise<Pick<Run, 'rows' | 'scenarios' | 'timelines'>> {
  const scenarios = chosen('--scenario', options.scenarios, scenariosOf(options, 1))
  const calm = new Set(scenarios.filter(isCalm).map(({ name }) => name))
  // It differs little from tideway, whose runs take most of the time.
  const compared =
    options.policies.length > 0
      ? chosen('--policy', options.policies, policies)
      : policies.filter(({ name }) => name !== 'tideway-cost')
  const jobs = scenarios.flatMap((scenario) =>
    jobsOf(
      scenario,
      compared.map(({ name }) => name),
      calm.has(scenario.name) ? combinations.slice(0, 1) : combinations,
      options,
    ),
  )
  try {
    const results = await runJobs(jobs, options.workers, (done, text) =>
      progress.show(`${done + 1}/${jobs.length}  ${text}`),
    )
    const merged = chunks(results, options.seeds).map((repeats) => ({
      ...mergeRows(
        repeats.map(({ row }) => row),
        repeats[0]?.row.scenario ?? '',
      ),
      seeds: options.seeds,
    }))
    const rows = scenarios.flatMap(({ name }) => {
      const own = merged.filter(({ scenario }) => scenario === name)
      if (!calm.has(name)) return own
      return combinations.flatMap((combination) => own.map((row) => ({ ...row, ...combination })))
    })
    return { rows, scenarios, timelines: results.flatMap(timelineOf) }
  } finally {
    progress.end()
  }
}

function chosen<Item extends { readonly name: string }>(
  option: string,
  names: readonly string[],
  items: readonly Item[],
): readonly Item[] {
  const unknown = names.find((name) => !items.some((item) => item.name === name))
  if (unknown !== undefined) {
    const known = items.map(({ name }) => name).join(', ')
    throw new InvalidOption(`${option}: must be one of ${known}; got ${unknown}`)
  }
  return names.length === 0 ? items : items.filter(({ name }) => names.includes(name))
}

function jobsOf(
  { name: scenario }: Scenario,
  names: readonly string[],
  measured: typeof combinations,
  { traces, days, seeds, report: file }: Options,
): Job[] {
  return measured.flatMap((combination) =>
    names.flatMap((policy) =>
      Array.from({ length: seeds }, (_, index) => ({
        source: { traces, days },
        seed: index + 1,
        scenario,
        policy,
        ...combination,
        // The page shows one run. With several seeds, that of the first.
        hasTimeline: file !== undefined && index === 0,
      })),
    ),
  )
}

function timelineOf({ row, timeline }: Result): Run['timelines'] {
  const { scenario, policy, application, deregistration } = row
  return timeline === undefined
    ? []
    : [{ scenario, policy, application, deregistration, ...timeline }]
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: items.length / size }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
