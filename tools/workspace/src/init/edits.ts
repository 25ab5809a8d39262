import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentSettings } from '@tideway/constructs'
import type { Own } from './fields'
import { valueAt, withCopy, withValue } from './source'

const constructs = 'packages/constructs/src'
const files = {
  organization: `${constructs}/organization.ts`,
  stacks: `${constructs}/stacks.ts`,
  environments: `${constructs}/environments.ts`,
  bootstrap: 'tools/bootstrap/src/settings.ts',
  network: 'apps/network/src/settings.ts',
}

/** Reads what is one's own from a clone. */
export function readOwn(root: string): Own {
  const value = (file: string, ...path: string[]) =>
    inFile(file, () => valueAt(readFileSync(join(root, file), 'utf8'), ...path))
  const stacks = value(files.stacks, 'stacks') as Readonly<Record<string, { owner: string }>>
  const owners = Object.entries(stacks).map(([name, { owner }]) => [name, owner])
  return {
    repository: value(files.organization, 'repository') as string,
    teams: {
      platform: value(files.organization, 'platformTeam') as string,
      ...Object.fromEntries(owners),
    },
    environments: value(files.environments, 'environments') as Own['environments'],
  }
}

/** Writes what differs into a clone. A new environment is a copy of another one, with its own values. */
export function writeOwn(root: string, before: Own, after: Own, like: string): void {
  const written = new Set<string>()
  const edit = (file: string, change: (text: string) => string) => {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    const changed = inFile(file, () => change(text))
    if (changed === text) return
    writeFileSync(path, changed)
    written.add(path)
  }
  const set = (file: string, path: readonly string[], value: unknown) =>
    edit(file, (text) =>
      JSON.stringify(valueAt(text, ...path)) === JSON.stringify(value)
        ? text
        : withValue(text, path, value),
    )

  set(files.organization, ['repository'], after.repository)
  for (const [name, team] of Object.entries(after.teams)) {
    if (name === 'platform') set(files.organization, ['platformTeam'], team)
    else set(files.stacks, ['stacks', name, 'owner'], team)
  }
  for (const name of Object.keys(after.environments)) {
    if (Object.hasOwn(before.environments, name)) continue
    edit(files.environments, (text) => withCopy(text, ['environments'], like, name))
    for (const file of settingsFiles(root)) {
      edit(file, (text) => withCopy(text, ['settings'], like, name))
    }
    addToWorkflows(edit, name, like)
  }
  for (const [name, settings] of Object.entries(after.environments)) {
    for (const [property, value] of Object.entries(settings)) {
      set(files.environments, ['environments', name, property], value)
    }
    const zones = settings.availabilityZones.length
    if (zones === before.environments[name]?.availabilityZones.length) continue
    edit(files.network, (text) => {
      const path = ['settings', name, 'endpointZones']
      return Number(valueAt(text, ...path)) > zones ? withValue(text, path, zones) : text
    })
  }
  for (const name of sharedProviders(after.environments)) {
    set(files.bootstrap, ['settings', name, 'githubProvider'], 'adopt')
  }
  format(
    root,
    [...written].filter((file) => file.endsWith('.ts')),
  )
}

/** The environments whose account is that of an earlier one, which creates its provider for GitHub's tokens. */
export function sharedProviders(environments: Readonly<Record<string, EnvironmentSettings>>) {
  const accounts = new Set<string>()
  return Object.entries(environments).flatMap(([name, { account, endpoints }]) => {
    if (endpoints !== 'aws') return []
    const isShared = accounts.has(account)
    accounts.add(account)
    return isShared ? [name] : []
  })
}

function settingsFiles(root: string): string[] {
  const apps = readdirSync(join(root, 'apps')).map((app) => `apps/${app}/src/settings.ts`)
  return [...apps, files.bootstrap].filter((file) => existsSync(join(root, file)))
}

type Edit = (file: string, change: (text: string) => string) => void

/** Deploys of main reach the new environment last. Pull requests are reviewed for it, as for the one that it is like. */
function addToWorkflows(edit: Edit, name: string, like: string): void {
  const workflow = (file: string, change: (text: string) => string) =>
    edit(`.github/workflows/${file}`, change)
  let all: string[] = []
  workflow('drift.yml', (text) =>
    replaced(text, /(environment: \[)([\w, ]+)\]/, (_, start, names) => {
      all = [...names.split(', '), name]
      return `${start}${all.join(', ')}]`
    }),
  )
  const last = all.at(-2) ?? ''
  workflow('main.yml', (text) =>
    withJob(
      text,
      last,
      (jobOf(text, last)[0] ?? '').replace(word(last), name).replace(/needs: .*/, `needs: ${last}`),
    ),
  )
  workflow('pull-request.yml', (text) =>
    replaced(
      withJob(text, last, (jobOf(text, like)[0] ?? '').replace(word(like), name)),
      new RegExp(`(needs: \\[.*\\b${last})\\b`),
      (_, start) => `${start}, ${name}`,
    ),
  )
  // The reviews share one comment, and GitHub accepts 65,536 characters.
  const length = Math.floor((65_536 / all.length - 400) / 1000) * 1000
  workflow('review.yml', (text) =>
    replaced(
      replaced(text, /(ENVIRONMENTS: ).*/, (_, start) => `${start}${all.join(' ')}`),
      /(--max-length )\d+/,
      (_, start) => `${start}${length}`,
    ),
  )
}

const word = (name: string) => new RegExp(`\\b${name}\\b`, 'g')

/** A job with the blank lines after it. */
function jobOf(text: string, name: string): RegExpExecArray {
  const job = new RegExp(`^  ${name}:\\n(?:(?: {4}.*)?\\n)*`, 'm').exec(text)
  if (job === null) throw new Error(`must have a job "${name}"; it has none. Restore it.`)
  return job
}

function withJob(text: string, after: string, job: string): string {
  const { 0: previous, index } = jobOf(text, after)
  const end = index + previous.length
  const between = previous.endsWith('\n\n') ? '' : '\n'
  const rest = text.slice(end)
  return `${text.slice(0, end)}${between}${job.trimEnd()}\n${rest === '' ? '' : '\n'}${rest}`
}

function replaced(text: string, pattern: RegExp, by: (...parts: string[]) => string): string {
  if (!pattern.test(text)) throw new Error(`must have ${pattern.source}; it has not. Restore it.`)
  return text.replace(pattern, by)
}

/** With the path before the message of an error. */
function inFile<Result>(file: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}

function format(root: string, paths: readonly string[]): void {
  if (paths.length === 0) return
  const biome = join(__dirname, '../../../../node_modules/.bin/biome')
  const { status, stderr } = spawnSync(
    biome,
    ['format', '--write', '--vcs-enabled=false', ...paths],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`biome format failed: ${stderr}`)
}
