import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ServiceDefinition } from '@tideway/compute/src/definition'
import { servicesIn } from '@tideway/compute/src/services'
import {
  type EnvironmentName,
  environments,
  InvalidSettingsError,
  isName,
  stacks,
} from '@tideway/constructs'
import { withGeneratedOwners } from './code-owners'
import { pricedEnvironments } from './costs'
import {
  changedResources,
  costOf,
  countsByType,
  lossesOf,
  resourcesOnlyIn,
  type Services,
  synthesizedWith,
} from './service-effects'
import { type Answers, definitionOf, type Question, questions, sourceOf } from './service-entry'
import { table } from './table'
import {
  type Ask,
  CommandError,
  Interrupted,
  isArgumentError,
  isYes,
  terminalQuestions,
} from './terminal'

const workspace = resolve(__dirname, '../../..')

const usage = `npm run service -- new NAME [flags]   writes the file of a new service, and shows what it creates and costs
npm run service -- remove NAME        says what is lost and what to empty first, then deletes the file
npm run service -- list               lists the services

In a terminal, new asks for each flag that is missing. Elsewhere, or with --yes, it takes the default.

${questions.map(({ flag, text, hint }) => `  --${flag.padEnd(18)} ${text}: ${hint}`).join('\n')}
  --dry-run            change nothing
  --yes                ask nothing; remove deletes the file
`

/** What the command needs from outside, so that tests can replace it. */
export interface Terminal {
  /** The folder with a file for each service. */
  readonly folder: string
  /** The file CODEOWNERS, with a line for each service that names its owner. */
  readonly codeOwners: string
  /** The environments whose resources and costs are shown. */
  readonly environments: readonly EnvironmentName[]
  readonly write: (text: string) => void
  /** Missing if nobody can answer. */
  readonly ask: Ask | undefined
}

type Flags = Readonly<Record<string, string | boolean | undefined>>

/** Runs the command. Returns its exit code. */
export async function serviceCommand(
  words: readonly string[],
  terminal: Terminal,
  fail: (text: string) => void,
): Promise<number> {
  try {
    const { values, positionals } = parsed(words)
    const [action, name, ...others] = positionals
    if (values.help === true || action === undefined) {
      terminal.write(usage)
      return values.help === true ? 0 : 2
    }
    if (others.length > 0)
      throw new CommandError(`name one service; got also ${others.join(', ')}.`)
    if (action === 'list') list(terminal)
    else if (action === 'new') await create(nameFrom(name), values, terminal)
    else if (action === 'remove') return await remove(nameFrom(name), values, terminal)
    else throw new CommandError(`the command must be new, remove or list; got "${action}".`)
    return 0
  } catch (error) {
    if (error instanceof Interrupted) {
      fail('\nNothing is changed.\n')
      return 130
    }
    if (error instanceof InvalidSettingsError) {
      fail(`Nothing is changed:\n${error.message.replace(/^/gm, '  ')}\n`)
      return 1
    }
    if (!isArgumentError(error)) throw error
    fail(`${error.message}\n`)
    return 2
  }
}

function parsed(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(questions.map(({ flag }) => [flag, { type: 'string' as const }])),
      'dry-run': { type: 'boolean' },
      yes: { type: 'boolean', short: 'y' },
      help: { type: 'boolean', short: 'h' },
    },
  }) as { values: Flags; positionals: string[] }
}

function nameFrom(name: string | undefined): string {
  if (isName(name) && name !== 'index') return name
  throw new CommandError(
    `NAME: must be lower-case letters, digits and single hyphens, start with a letter, and not be "index"; got ${name === undefined ? 'nothing' : `"${name}"`}.`,
  )
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.ts`)
}

function shownPath(path: string): string {
  const path_ = relative(workspace, path)
  return path_.startsWith('..') ? path : path_
}

async function create(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { folder, write, ask } = terminal
  const file = fileOf(folder, name)
  if (existsSync(file)) {
    throw new CommandError(
      `NAME: must be new; ${shownPath(file)} exists. Change that file instead.`,
    )
  }
  const others = loaded(folder)
  const answers = await answersTo(name, others, flags, flags.yes === true ? undefined : ask)
  const definition = definitionOf(answers)
  // Names that are too long or taken fail here. They are longest where the name of the environment is.
  for (const environment of Object.keys(environments) as EnvironmentName[]) {
    synthesizedWith(environment, { ...others, [name]: definition })
  }
  const source = sourceOf(definition)
  write(`${shownPath(file)}\n\n${source.replace(/^(?=.)/gm, '  ')}\n`)
  writeCreated(name, definition, others, terminal)
  if (flags['dry-run'] === true) return write('Nothing is written: --dry-run.\n')
  if (ask !== undefined && flags.yes !== true && !(await isYes(ask, 'Write the file?', 'Y/n'))) {
    return write('Nothing is written.\n')
  }
  const owners = ownersWith(terminal.codeOwners, { ...others, [name]: definition })
  // Fails if the file has appeared since.
  writeFileSync(file, source, { flag: 'wx' })
  writeFileSync(terminal.codeOwners, owners)
  write(`Written: ${shownPath(file)}
Next:
  npx nx deploy compute -c local   deploys it to the local cloud, while npm start runs
  npx nx plan compute -c dev       shows what the deploy changes
  npx nx deploy compute -c dev     deploys it; or open a pull request
${
  definition.image === 'example'
    ? `  then push an image to the repository tideway-dev-${name}, and set image to its tag\n`
    : `The tag must be in the repository tideway-dev-${name} before the tasks can start. The repository is new, so deploy with --image example first.\n`
}The other fields are in apps/compute/README.md, under "Fields of a service".
`)
}

function loaded(folder: string): Services {
  try {
    return servicesIn(folder)
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error))
  }
}

function ownersWith(codeOwners: string, services: Services): string {
  // In the order of the files, as npm run docs writes it.
  const sorted = Object.fromEntries(Object.entries(services).sort(([a], [b]) => (a < b ? -1 : 1)))
  return withGeneratedOwners(readFileSync(codeOwners, 'utf8'), sorted)
}

async function answersTo(
  name: string,
  services: Services,
  flags: Flags,
  ask: Ask | undefined,
): Promise<Answers> {
  const answers: Record<string, string> = { name }
  for (const question of questions) {
    const { flag, hint, accepts, defaultValue, isFor } = question
    const given = flags[flag]
    if (isFor?.(answers) === false) {
      if (given === undefined) continue
      throw new CommandError(`--${flag}: must be left out here; got "${given}".`)
    }
    if (typeof given === 'string' && !accepts(given)) {
      throw new CommandError(`--${flag}: must be ${hint}; got "${given}".`)
    }
    const fallback = defaultValue(answers, services)
    answers[flag] =
      typeof given === 'string'
        ? given
        : ask === undefined
          ? fallback
          : await answerTo(question, fallback, ask)
  }
  return answers
}

async function answerTo(
  { text, hint, accepts }: Question,
  fallback: string,
  ask: Ask,
): Promise<string> {
  for (;;) {
    const answer = (await ask(`${text} (${hint}) [${fallback}]: `)).trim()
    if (answer === '') return fallback
    if (accepts(answer)) return answer
  }
}

function writeCreated(
  name: string,
  definition: ServiceDefinition,
  others: Services,
  { environments: shown, write }: Terminal,
): void {
  const [environment = 'prod'] = shown
  const before = synthesizedWith(environment, others)
  const after = synthesizedWith(environment, { ...others, [name]: definition })
  const created = resourcesOnlyIn(after, before)
  const changed = changedResources(before, after)
  write(
    `It creates ${created.length} resources in each environment, and changes ${changed.length}:\n\n`,
  )
  for (const [type, count] of countsByType(created))
    write(`  ${String(count).padStart(3)}  ${type}\n`)
  for (const address of changed) write(`  changed: ${address}\n`)
  const usd = (amount: number) => amount.toFixed(2)
  const rows = shown.map((each) => {
    const { atMin, atMax, inDrought } = costOf(each, { name, definition, others })
    return [`\`${each}\``, usd(atMin), usd(atMax), usd(inDrought)]
  })
  write(`
It costs, in US dollars a month at list prices of us-east-1, without requests, data and logs${
    definition.runs === 'always' ? '' : ', and without the time that its tasks run'
  }:

${table(['environment', 'at the minimum of tasks', 'at the maximum', 'at the minimum, in a Spot drought'], rows)}

`)
}

async function remove(
  name: string,
  flags: Flags,
  { folder, codeOwners, environments: shown, write, ask }: Terminal,
): Promise<number> {
  const file = fileOf(folder, name)
  const { [name]: definition, ...others } = loaded(folder)
  if (definition === undefined) {
    const known = Object.keys(others).join(', ')
    throw new CommandError(`NAME: must be a service: ${known}; got "${name}".`)
  }
  for (const environment of shown) {
    const before = synthesizedWith(environment, { ...others, [name]: definition })
    const after = synthesizedWith(environment, others)
    const lost = resourcesOnlyIn(before, after)
    const losses = lossesOf(lost)
    write(`${environment}: the next deploy destroys ${lost.length} resources. You lose:\n\n`)
    for (const { resource, lost } of losses) write(`  ${resource}: ${lost}\n`)
    const steps = losses.filter(({ first }) => first !== undefined)
    write(steps.length === 0 ? '' : '\nBefore it:\n\n')
    for (const { resource, first } of steps) write(`  ${resource}\n    ${first}\n`)
    write('\n')
  }
  write(`${callersOf(name, definition)}Terraform does not stop this: prevent_destroy goes with the entry. Where a step is left out, the deploy fails in the middle.
A new service cannot have the name until the tasks of this one have stopped.

`)
  if (flags['dry-run'] === true) {
    write('Nothing is removed: --dry-run.\n')
    return 0
  }
  if (flags.yes !== true && ask === undefined) {
    write(`Nothing is removed. To delete ${shownPath(file)}, add --yes.\n`)
    return 1
  }
  if (flags.yes !== true && ask !== undefined) {
    const isSure = await isYes(ask, `Delete ${shownPath(file)}?`, 'y/N')
    if (!isSure) {
      write('Nothing is removed.\n')
      return 1
    }
  }
  const owners = ownersWith(codeOwners, others)
  rmSync(file)
  writeFileSync(codeOwners, owners)
  write(`Deleted: ${shownPath(file)}
Next:
  npx nx deploy compute -c local   destroys it in the local cloud, while npm start runs
  npx nx plan compute -c dev       shows what the deploy destroys
  npx nx deploy compute -c dev     destroys it, after the steps above
`)
  return 0
}

/** Whom the removal of a service affects. */
export function callersOf(name: string, definition: ServiceDefinition): string {
  if (definition.runs !== 'always' || definition.traffic === undefined) return ''
  const { from, rules = [], hosts } = definition.traffic
  if (from === 'external') {
    return 'Its requests go to the listener rule that matches next, or get 404.\n'
  }
  const names = [{ hosts }, ...rules].flatMap((rule) => rule.hosts ?? [name])
  const called = [...new Set(names)].map((host) => `${host}.internal.<domain>`)
  return `Services that call ${called.join(' or ')} fail. Change them first.\n`
}

function list({ folder, write }: Terminal): void {
  const rows = Object.entries(loaded(folder)).map(([name, definition]) => {
    const { runs, cpu, memoryMiB, owner = stacks.compute.owner } = definition
    const common = [`\`${name}\``, owner, runs]
    const size = `${cpu}, ${memoryMiB}`
    if (definition.runs !== 'always') {
      const { tasks } = definition
      return [...common, String(tasks), size, 'fargate-spot', 'fargate', 'none', 'rolling']
    }
    const { tasks, capacity, standbys, traffic, release } = definition
    return [
      ...common,
      `${tasks.min} to ${tasks.max}`,
      size,
      capacity.map(({ on, weight }) => `${weight} ${on}`).join(', '),
      standbys.join(', ') || 'none',
      traffic === undefined ? 'none' : `${traffic.from}, ${traffic.priority}`,
      release.kind,
    ]
  })
  const titles = 'service|owner|runs|tasks|CPU, memory|capacity|standbys|traffic|release'
  write(`${table(titles.split('|'), rows)}\n`)
}

if (require.main === module) {
  process.setSourceMapsEnabled(false)
  serviceCommand(
    process.argv.slice(2),
    {
      folder: join(workspace, 'apps/compute/src/services'),
      codeOwners: join(workspace, 'CODEOWNERS'),
      environments: pricedEnvironments as EnvironmentName[],
      write: (text) => process.stdout.write(text),
      ask: terminalQuestions(),
    },
    (text) => process.stderr.write(text),
  ).then((code) => {
    process.exitCode = code
  })
}
