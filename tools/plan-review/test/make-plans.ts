// Regenerates the plans of the tests with real runs of Terraform: `npm run plans`.
// Needs Terraform, the AWS provider (downloaded, or in a mirror) and moto's server, on loopback. With AWS_ENDPOINT_URL
// it uses that server: the cases with ECS services need the one of `npm start`, which completes what moto answers.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { ordinaryCases } from './cases/ordinary'
import type { Configuration, PlanCase } from './plan-case'
import { awsCases, plainCases } from './plan-cases'

const providerCases = { ...awsCases, ...ordinaryCases }
const plansFolder = resolve(__dirname, 'plans')

/** Cases with the same configuration before share its apply: the values of the group are the planned ones. */
interface Group {
  readonly before: Configuration | undefined
  readonly modules: Readonly<Record<string, Configuration>>
  readonly cases: [string, Configuration][]
}

async function main(): Promise<void> {
  mkdirSync(plansFolder, { recursive: true })
  const only = process.argv.slice(2)
  const isWanted = (name: string) =>
    only.length === 0 ||
    only.some(
      (wanted) => name === wanted || (wanted.endsWith('*') && name.startsWith(wanted.slice(0, -1))),
    )
  const selected = (cases: Readonly<Record<string, PlanCase>>) =>
    groupsOf(Object.entries(cases).filter(([name]) => isWanted(name)))
  await makeAll(selected(plainCases), {}, {})
  if (selected(providerCases).length === 0) return
  const running = process.env.AWS_ENDPOINT_URL
  if (running !== undefined) return makeAws(selected(providerCases), running)
  const port = await freePort()
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' })
  try {
    await waitForServer(port, moto)
    const url = `http://127.0.0.1:${port}`
    await makeAws(selected(providerCases), url, () =>
      fetch(`${url}/moto-api/reset`, { method: 'POST' }),
    )
  } finally {
    moto.kill()
  }
}

function makeAws(
  groups: readonly Group[],
  url: string,
  resetServer?: () => Promise<unknown>,
): Promise<void> {
  const provider = {
    region: 'us-east-1',
    skip_credentials_validation: true,
    skip_metadata_api_check: 'true',
    skip_region_validation: true,
    s3_use_path_style: true,
    max_retries: 1,
  }
  const required = { aws: { source: 'hashicorp/aws', version: '5.100.0' } }
  return makeAll(
    groups,
    { provider: { aws: provider }, terraform: { required_providers: required } },
    { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    resetServer,
  )
}

function groupsOf(cases: readonly (readonly [string, PlanCase])[]): Group[] {
  const groups = new Map<string, Group>()
  for (const [name, { before, after, modules = {} }] of cases) {
    // A configuration that creates everything has nothing to share.
    const key = before === undefined ? name : JSON.stringify([before, modules])
    const group = groups.get(key) ?? { before, modules, cases: [] }
    group.cases.push([name, after])
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** All groups use one folder, which is initialized once, and one process of the provider. Each group has its own state. */
async function makeAll(
  groups: readonly Group[],
  common: Configuration,
  variables: NodeJS.ProcessEnv,
  resetServer: () => Promise<unknown> = async () => {},
): Promise<void> {
  if (groups.length === 0) return
  const folder = mkdtempSync(join(tmpdir(), 'tideway-plans-'))
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ...variables,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    // Everything is on loopback, and the provider accepts a bundle in its first run only.
    AWS_CA_BUNDLE: undefined,
  }
  const terraform = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('terraform', [...args, '-no-color'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: environment,
    })
    if (status !== 0) throw new Error(`terraform ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }
  const write = (path: string, configuration: Configuration) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify(configuration))
  }
  const writeMain = (configuration: Configuration) =>
    write('main.tf.json', { ...common, ...configuration })
  let provider: ChildProcess | undefined
  try {
    writeMain({})
    terraform('init')
    for (const { before, modules, cases } of groups) {
      // The first group starts it, and so does the next one after a crash.
      if (provider === undefined || provider.exitCode !== null || provider.signalCode !== null) {
        const started = await startProvider(folder, environment)
        provider = started?.process
        environment.TF_REATTACH_PROVIDERS = started?.address
      }
      for (const state of ['terraform.tfstate', 'terraform.tfstate.backup']) {
        rmSync(join(folder, state), { force: true })
      }
      for (const [name, configuration] of Object.entries(modules))
        write(join(name, 'main.tf.json'), configuration)
      const install = () => {
        if (Object.keys(modules).length > 0) terraform('get')
      }
      try {
        if (before !== undefined) {
          writeMain(before)
          install()
          terraform('apply', '-auto-approve')
        }
        for (const [name, after] of cases) {
          writeMain(after)
          install()
          terraform('plan', '-out=plan')
          const plan = terraform('show', '-json', 'plan')
          writeFileSync(join(plansFolder, `${name}.json`), storedPlan(plan))
          process.stdout.write(`${name}\n`)
        }
      } catch (error) {
        process.stderr.write(`${cases.map(([name]) => name).join(', ')}: ${error}\n`)
        process.exitCode = 1
      }
      await resetServer()
    }
  } finally {
    provider?.kill()
    rmSync(folder, { recursive: true })
  }
}

/** A plan without what differs between machines: the address of the provider, and what the emulator returns as drift. */
function storedPlan(text: string): string {
  const plan = JSON.parse(text.replaceAll('registry.terraform.io', 'registry.example'))
  // A quarter of each plan: empty values that the emulator returns in another form. No case is about drift.
  delete plan.resource_drift
  return `${JSON.stringify(plan)}\n`
}

/** Starts the provider of a folder once for all runs of Terraform: its start is the slowest part of a run. */
async function startProvider(
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ process: ChildProcess; address: string } | undefined> {
  const providers = join(folder, '.terraform/providers')
  const binary = existsSync(providers)
    ? readdirSync(providers, { recursive: true, encoding: 'utf8' }).find((path) =>
        basename(path).startsWith('terraform-provider-'),
      )
    : undefined
  if (binary === undefined) return undefined
  const child = spawn(join(providers, binary), ['-debug'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return new Promise((found, fail) => {
    let output = ''
    child.stdout.on('data', (text: Buffer) => {
      output += text
      const address = /TF_REATTACH_PROVIDERS='(.*)'/.exec(output)?.[1]
      if (address !== undefined) found({ process: child, address })
    })
    child.on('exit', () => fail(new Error(`the provider did not start: ${output}`)))
  })
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
