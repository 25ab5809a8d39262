import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')

interface Row {
  readonly what: string
  readonly seconds: number
  readonly goal: string
}

/** Each bench by its name: `npm run bench -- synth`. */
const benches: Readonly<Record<string, () => Row[]>> = { synth: benchSynth }

/** How long it takes to synthesize every stack, as a person types it. */
function benchSynth(): Row[] {
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
    return [
      { what: 'synth of every stack, nothing cached, no daemon', seconds: cold, goal: 'under 3 s' },
      { what: 'the same again, cached (median of 3)', seconds: cached, goal: 'under 1.5 s' },
    ]
  } finally {
    rmSync(cache, { recursive: true })
  }
}

/** Compares the failover controller with its peers: it has options and tables of its own. */
async function benchPolicies(options: readonly string[]): Promise<void> {
  // Loaded here, since the SDK takes a while and the other benches need none of it.
  const { policyBench } = await import('@tideway/policy-bench')
  try {
    process.stdout.write(await policyBench(options))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}

/** The controller's calls and memory from 10 to 10,000 pairs, in a process of its own. */
function benchScale(options: readonly string[]): void {
  const script = join(workspace, 'packages/failover-lambda/bench/scale.ts')
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', script, ...options], {
    cwd: workspace,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}

async function main([name, ...options]: readonly string[]): Promise<void> {
  if (name === 'policies') return benchPolicies(options)
  if (name === 'scale') return benchScale(options)
  const bench = name === undefined ? undefined : benches[name]
  if (bench === undefined) {
    const known = [...Object.keys(benches), 'policies', 'scale'].join(', ')
    process.stderr.write(
      `no bench ${name ?? 'was named'}: npm run bench -- <name>, one of ${known}\n`,
    )
    process.exitCode = 1
    return
  }
  const rows = bench()
  if (options.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ rows })}\n`)
    return
  }
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { what, seconds, goal } of rows) {
    process.stdout.write(`${what.padEnd(width)}  ${seconds.toFixed(2)} s  (goal: ${goal})\n`)
  }
}

void main(process.argv.slice(2))
