import { mergeRows } from './merge'
import { type Options, readOptions } from './options'
import { policies } from './policies'
import { Progress } from './progress'
import { report } from './report'
import { type Row, runPolicy } from './run'
import type { Scenario } from './scenario'
import { syntheticScenarios } from './synthetic'
import { traceScenarios } from './trace-scenarios'

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
  if (options.isJson) return `${JSON.stringify({ rows })}\n`
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return `${report(rows)}\n\ntook ${seconds} s\n`
}

async function runAll(options: Options, progress: Progress): Promise<Row[]> {
  const bySeed = Array.from({ length: options.seeds }, (_, index) =>
    scenariosOf(options, index + 1),
  )
  const rows: Row[] = []
  const runs = (bySeed[0]?.length ?? 0) * policies.length
  try {
    for (const [index, { name }] of (bySeed[0] ?? []).entries()) {
      for (const policy of policies) {
        const repeats: Row[] = []
        for (const scenario of bySeed.flatMap((scenarios) => scenarios[index] ?? [])) {
          const onHour = (hours: number) =>
            progress.show(
              `${rows.length + 1}/${runs}  ${name}  ${policy.name}  seed ${scenario.seed}  hour ${hours}/${Math.ceil(scenario.hours)}`,
            )
          repeats.push(await runPolicy(scenario, policy, onHour))
        }
        rows.push({ ...mergeRows(repeats, name), seeds: options.seeds })
      }
    }
    return rows
  } finally {
    progress.end()
  }
}

function scenariosOf({ traces, days }: Options, seed: number): Scenario[] {
  return traces === undefined
    ? syntheticScenarios(seed)
    : traceScenarios({ folder: traces, seed, days })
}
