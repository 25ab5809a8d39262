// Regenerates the plans of the tests with real runs of Terraform: `npm run plans`.
// Needs Terraform, the AWS provider (downloaded, or in a mirror) and moto's server, on loopback.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Configuration, PlanCase } from './plan-case'
import { awsCases, plainCases } from './plan-cases'

const plansFolder = resolve(__dirname, 'plans')

async function main(): Promise<void> {
  mkdirSync(plansFolder, { recursive: true })
  const only = process.argv.slice(2)
  const selected = (cases: Readonly<Record<string, PlanCase>>) =>
    Object.entries(cases).filter(([name]) => only.length === 0 || only.includes(name))
  await makeAll(selected(plainCases), {}, {})
  if (selected(awsCases).length === 0) return
  const port = await freePort()
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' })
  try {
    await waitForServer(port, moto)
    const provider = {
      region: 'us-east-1',
      skip_credentials_validation: true,
      skip_metadata_api_check: 'true',
      skip_region_validation: true,
      s3_use_path_style: true,
      max_retries: 1,
    }
    const required = { aws: { source: 'hashicorp/aws', version: '5.100.0' } }
    await makeAll(
      selected(awsCases),
      { provider: { aws: provider }, terraform: { required_providers: required } },
      {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
      () => fetch(`http://127.0.0.1:${port}/moto-api/reset`, { method: 'POST' }),
    )
  } finally {
    moto.kill()
  }
}

/** All cases use one folder, which is initialized once. Each has its own state. */
async function makeAll(
  cases: readonly (readonly [string, PlanCase])[],
  common: Configuration,
  variables: NodeJS.ProcessEnv,
  resetServer: () => Promise<unknown> = async () => {},
): Promise<void> {
  if (cases.length === 0) return
  const folder = mkdtempSync(join(tmpdir(), 'tideway-plans-'))
  const terraform = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('terraform', args, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, ...variables, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
    })
    if (status !== 0) throw new Error(`terraform ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }
  const write = (configuration: Configuration) =>
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ ...common, ...configuration }))
  try {
    write({})
    terraform('init', '-no-color')
    for (const [name, { before, after }] of cases) {
      for (const state of ['terraform.tfstate', 'terraform.tfstate.backup']) {
        rmSync(join(folder, state), { force: true })
      }
      if (before !== undefined) {
        write(before)
        terraform('apply', '-auto-approve', '-no-color')
      }
      write(after)
      terraform('plan', '-out=plan', '-no-color')
      const plan = terraform('show', '-json', 'plan')
      // The address of the provider differs between machines.
      writeFileSync(
        join(plansFolder, `${name}.json`),
        plan.replaceAll('registry.terraform.io', 'registry.example'),
      )
      await resetServer()
      process.stdout.write(`${name}\n`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function waitForServer(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 120; attempt++) {
    if (server.exitCode !== null) throw new Error("moto's server ended: is it installed?")
    try {
      await fetch(`http://127.0.0.1:${port}/`)
      return
    } catch {
      await new Promise((waited) => setTimeout(waited, 500))
    }
  }
  throw new Error("moto's server does not respond")
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
