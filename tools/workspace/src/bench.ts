import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')

/** The benches by name: `npm run bench -- synth`. Each prints its results. */
const benches: Readonly<Record<string, (options: readonly string[]) => void | Promise<void>>> = {
  synth: benchSynth,
  policies: (options) => benchPolicies('policyBench', options),
  robustness: (options) => benchPolicies('robustnessBench', options),
  scale: benchAt('packages/failover-lambda/bench/scale.ts'),
  lambda: benchAt('packages/failover-lambda/bench/lambda.ts'),
  review: benchAt('tools/plan-review/bench/review.ts'),
  console: benchAt('tools/local-cloud/bench/console.ts'),
  requests: benchAt('tools/local-cloud/bench/requests.ts'),
}

/** Measures the synthesis of every stack from the command line. */
function benchSynth(options: readonly string[]): void {
  const cache = mkdtempSync(join(tmpdir(), 'tideway-bench-'))
  try {
    const run = () => {
      const started = performance.now()
      const { status, stdout, stderr } = spawnSync(
        'npx',
        ['nx', 'run-many', '-t', 'synth', '-c', 'dev'],
        {
          cwd: workspace,
          encoding: 'utf8',
          env: {
            ...process.env,
            NX_DAEMON: 'false',
            NX_TUI: 'false',
            NX_CACHE_DIRECTORY: join(cache, 'cache'),
            NX_WORKSPACE_DATA_DIRECTORY: join(cache, 'data'),
          },
        },
      )
      if (status !== 0) throw new Error(`${stdout}${stderr}`)
      return (performance.now() - started) / 1000
    }
    const cold = run()
    const cached = [run(), run(), run()].sort((one, other) => one - other)[1] ?? Number.NaN
    const rows = [
      { name: 'synth of every stack, nothing cached, no daemon', seconds: cold, goal: 'under 3 s' },
      { name: 'synth of every stack, cached (median of 3)', seconds: cached, goal: 'under 1.5 s' },
    ]
    const width = Math.max(...rows.map(({ name }) => name.length))
    const lines = rows.map(
      ({ name, seconds, goal }) =>
        `${name.padEnd(width)}  ${seconds.toFixed(2)} s  (goal: ${goal})\n`,
    )
    process.stdout.write(
      options.includes('--json') ? `${JSON.stringify({ rows })}\n` : lines.join(''),
    )
  } finally {
    rmSync(cache, { recursive: true })
  }
}

/** Compares the failover controller with other policies, by default or with one assumption changed at a time. */
async function benchPolicies(
  name: 'policyBench' | 'robustnessBench',
  options: readonly string[],
): Promise<void> {
  // Loaded on demand, because the AWS SDK is slow to load.
  const bench = await import('@tideway/policy-bench')
  try {
    process.stdout.write(await bench[name](options))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}

/** Runs the bench of another package in a separate process, so that this one does not affect the results. */
function benchAt(file: string): (options: readonly string[]) => void {
  return (options) => {
    const script = join(workspace, file)
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', script, ...options], {
      cwd: workspace,
      stdio: 'inherit',
    })
    process.exitCode = status ?? 1
  }
}

async function main([name, ...options]: readonly string[]): Promise<void> {
  const bench = name === undefined ? undefined : benches[name]
  if (bench !== undefined) return bench(options)
  const known = Object.keys(benches).join(', ')
  process.stderr.write(
    `bench: must be ${known}; got ${name ?? 'none'}. Run npm run bench -- <name>.\n`,
  )
  process.exitCode = 1
}

void main(process.argv.slice(2))
