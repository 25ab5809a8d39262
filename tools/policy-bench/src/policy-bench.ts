import { figuresOf } from './figures'
import { combinations, type Job, scenariosOf } from './job'
import { mergeRows } from './merge'
import { type Options, readOptions } from './options'
import { policies } from './policies'
import { Progress } from './progress'
import { report } from './report'
import type { Row } from './run'
import { isCalm } from './scenario'
import { runJobs } from './workers'

/**
 * Compares the policies.
 *
 * @param args the arguments after `npm run bench -- policies`
 * @param stderr shows the progress
 * @returns the text to print
 */
export async function policyBench(
  args: readonly string[],
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<string> {
  const started = performance.now()
  const options = readOptions(args)
  const rows = await runAll(options, new Progress(stderr))
  if (options.isJson) return `${JSON.stringify({ rows, figures: figuresOf(rows) })}\n`
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return `${report(rows)}\n\ntook ${seconds} s\n`
}

async function runAll(options: Options, progress: Progress): Promise<Row[]> {
  const isChosen = (list: readonly string[], name: string) =>
    list.length === 0 || list.includes(name)
  const scenarios = scenariosOf(options, 1).filter(({ name }) => isChosen(options.scenarios, name))
  const calm = new Set(scenarios.filter(isCalm).map(({ name }) => name))
  // It differs little from tideway, whose runs take most of the time.
  const isDefault = (name: string) => options.policies.length > 0 || name !== 'tideway-cost'
  const chosen = policies
    .map(({ name }) => name)
    .filter((name) => isDefault(name) && isChosen(options.policies, name))
  const jobs: Job[] = scenarios.flatMap(({ name: scenario }) =>
    (calm.has(scenario) ? combinations.slice(0, 1) : combinations).flatMap((combination) =>
      chosen.flatMap((policy) =>
        Array.from({ length: options.seeds }, (_, index) => ({
          source: { traces: options.traces, days: options.days },
          seed: index + 1,
          scenario,
          policy,
          ...combination,
        })),
      ),
    ),
  )
  try {
    const rows = await runJobs(jobs, options.workers, (done, text) =>
      progress.show(`${done + 1}/${jobs.length}  ${text}`),
    )
    const merged = chunks(rows, options.seeds).map((repeats) => ({
      ...mergeRows(repeats, repeats[0]?.scenario ?? ''),
      seeds: options.seeds,
    }))
    return scenarios.flatMap(({ name }) => {
      const own = merged.filter(({ scenario }) => scenario === name)
      if (!calm.has(name)) return own
      return combinations.flatMap((combination) => own.map((row) => ({ ...row, ...combination })))
    })
  } finally {
    progress.end()
  }
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: items.length / size }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
