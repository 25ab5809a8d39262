import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { InvalidSettingsError, type Problem, throwIfInvalid } from '@tideway/constructs'
import {
  type Ask,
  CommandError,
  Interrupted,
  isArgumentError,
  isYes,
  terminalQuestions,
} from '../terminal'
import { CloneCopy } from './clone-copy'
import { readOwn, sharedProviders, writeOwn } from './edits'
import {
  currentValue,
  environmentsOnAws,
  type Field,
  fields,
  namesOf,
  type Own,
  problemsIn,
  problemsOf,
  withAnswer,
} from './fields'
import { leaveOut, parts } from './leave-out'

const workspace = resolve(__dirname, '../../../..')

const usage = `npm run init [-- flags]   makes a clone one's own: repository, teams, accounts, regions, domains

In a terminal, it asks for each value whose flag is missing, and shows the one that is there. Elsewhere, or with --yes, a
missing flag keeps that value. It shows every change before it writes. Run it again to change values again.

${fields.map(({ flag, text, hint, of }) => `  --${`${flag} ${of === 'repository' ? 'VALUE' : '[NAME=]VALUE'}`.padEnd(29)} ${text}: ${hint}`).join('\n')}

  NAME is a stack or "platform" for a team, and an environment for the others. Without it, the value is for all of them,
  or for that of --environment. Repeat a flag for several names.

  --environment NAME            add this environment, or ask for the values of this one only
  --like NAME                   the environment that a new one is a copy of [prod]
  --without PART                leave out a part: ${Object.keys(parts).join(', ')}
  --dry-run                     show the changes, and write nothing
  --force                       also where git has uncommitted changes
  --yes                         ask nothing
`

/** What the command needs from outside, so that tests can replace it. */
export interface World {
  /** The clone. */
  readonly root: string
  readonly write: (text: string) => void
  /** Missing if nobody can answer. */
  readonly ask: Ask | undefined
  /** Writes what is generated from the changed files. Throws if that fails. */
  readonly regenerate: () => void
}

type Given = Readonly<Record<string, readonly string[] | undefined>>

/** Runs the command. Returns its exit code. */
export async function initCommand(
  words: readonly string[],
  world: World,
  fail: (text: string) => void,
): Promise<number> {
  try {
    const { values, given } = parsed(words)
    if (values.help === true) world.write(usage)
    else await init(values, given, world)
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
    const isUsage = isArgumentError(error)
    fail(`Nothing is changed: ${error instanceof Error ? error.message : error}\n`)
    return isUsage ? 2 : 1
  }
}

function parsed(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...Object.fromEntries(
        fields.map(({ flag }) => [flag, { type: 'string' as const, multiple: true as const }]),
      ),
      environment: { type: 'string' },
      like: { type: 'string' },
      without: { type: 'string', multiple: true },
      'dry-run': { type: 'boolean' },
      force: { type: 'boolean' },
      yes: { type: 'boolean', short: 'y' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  return { values, given: values as Given }
}

type Values = ReturnType<typeof parsed>['values']

async function init(values: Values, given: Given, world: World): Promise<void> {
  const { root, write } = world
  if (values.force !== true) throwIfDirty(root)
  const before = readOwn(root)
  const like = values.like ?? 'prod'
  const start = withEnvironment(before, values.environment, like)
  const ask = values.yes === true ? undefined : world.ask
  const after = await answered(start, given, values.environment, ask)
  const without = await partsToLeaveOut(values.without, root, ask)

  const copy = new CloneCopy(root)
  try {
    writeOwn(copy.root, before, after, like)
    const notes = without.map((part) => leaveOut(part, copy.root).afterwards)
    const changed = copy.changed()
    if (changed.length === 0) return write('Nothing to change.\n')
    write(
      `${copy.diff()}\nFiles to change: ${changed.length}, and the generated parts of the docs.\n`,
    )
    if (values['dry-run'] === true) return write('Nothing is written: --dry-run.\n')
    if (ask !== undefined && !(await isYes(ask, 'Write these changes?', 'Y/n'))) {
      return write('Nothing is written.\n')
    }
    write('Writing. The docs are generated again, which takes about a minute.\n')
    copy.writeBack(changed, () => {
      // Also what git ignores there: tools list the folders of apps.
      for (const part of without) {
        for (const folder of ['apps', 'packages/constructs/src/contracts']) {
          rmSync(join(root, folder, part), { recursive: true, force: true })
        }
      }
      world.regenerate()
    })
    write(`Written.\n${nextSteps(before, after, notes)}`)
  } finally {
    copy.remove()
  }
}

function throwIfDirty(root: string): void {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) {
    throw new CommandError(
      `${root}: must be a git repository, so that you can see and undo the changes; git status failed.`,
    )
  }
  if (stdout === '') return
  throw new CommandError(
    `the working tree must have no uncommitted changes, so that git shows those of this command alone; got:
${stdout.split('\n').slice(0, 5).join('\n')}
Commit or stash them, or add --force.`,
  )
}

/** With a further environment, as a copy of another one. */
function withEnvironment(own: Own, name: string | undefined, like: string): Own {
  const known = environmentsOnAws(own)
  if (name === undefined || known.includes(name)) return own
  const model = own.environments[like]
  if (model === undefined || !known.includes(like)) {
    throw new CommandError(`--like: must be one of ${known.join(', ')}; got "${like}".`)
  }
  if (Object.hasOwn(own.environments, name)) {
    throw new CommandError(
      `--environment: must be on AWS, as ${known.join(', ')}; got "${name}", which stays as it is.`,
    )
  }
  const rest = model.privateDomain.replace(new RegExp(`^${like}\\.`), '')
  const added = { ...model, privateDomain: `${name}.${rest}` }
  return { ...own, environments: { ...own.environments, [name]: added } }
}

interface Answer {
  readonly field: Field
  readonly name: string
  readonly value: string
}

/** @param only the environment whose values are asked for; otherwise everything is */
async function answered(
  start: Own,
  given: Given,
  only: string | undefined,
  ask: Ask | undefined,
): Promise<Own> {
  const { answers, problems } = givenAnswers(start, given, only)
  let own = answers.reduce(
    (all, { field, name, value }) => withAnswer(field, all, name, value),
    start,
  )
  if (ask === undefined) {
    throwIfInvalid([...problems, ...problemsIn(own)])
    return own
  }
  throwIfInvalid([
    ...problems,
    ...answers.flatMap(({ field, name }) => problemsOf(field, only ? own : alone(own, name), name)),
  ])
  const settled = new Set(only === undefined ? [] : Object.keys(own.environments))
  for (const [field, name] of questionsFor(own, only)) {
    settled.add(name)
    if (answers.some((answer) => answer.field === field && answer.name === name)) continue
    own = await askFor(field, own, name, settled, ask)
  }
  throwIfInvalid(problemsIn(own))
  return own
}

/** What the flags say, with the values for all names before those for one. */
function givenAnswers(own: Own, given: Given, only: string | undefined) {
  const problems: Problem[] = []
  const answers = fields.flatMap((field): Answer[] => {
    const names = namesOf(field, own)
    const texts = (given[field.flag] ?? []).map((text) => {
      const [, name, value = ''] = /^([\w-]+)=(.*)$/s.exec(text) ?? []
      return field.of === 'repository' || name === undefined ? { value: text } : { name, value }
    })
    return [
      ...texts.filter((each) => !('name' in each)),
      ...texts.filter((each) => 'name' in each),
    ].flatMap(({ name, value }) => {
      if (name === undefined) {
        const all = field.of === 'environment' && only !== undefined ? [only] : names
        return all.map((each) => ({ field, name: each, value }))
      }
      if (names.includes(name)) return [{ field, name, value }]
      const must = `name one of ${names.join(', ')} before "="`
      problems.push({ path: `--${field.flag}`, must, got: name, fix: 'Correct the name.' })
      return []
    })
  })
  return { answers, problems }
}

/** The repository and the teams, and then one environment after the other. */
function questionsFor(own: Own, only: string | undefined): [Field, string][] {
  const ofEnvironments = fields.filter(({ of }) => of === 'environment')
  if (only !== undefined) return ofEnvironments.map((field) => [field, only])
  return [
    ...fields
      .filter(({ of }) => of !== 'environment')
      .flatMap((field) => namesOf(field, own).map((name): [Field, string] => [field, name])),
    ...environmentsOnAws(own).flatMap((name) =>
      ofEnvironments.map((field): [Field, string] => [field, name]),
    ),
  ]
}

/** Asks until the answer is valid beside what is settled. */
async function askFor(
  field: Field,
  own: Own,
  name: string,
  settled: ReadonlySet<string>,
  ask: Ask,
): Promise<Own> {
  const current = currentValue(field, own, name)
  const of = field.of === 'repository' ? '' : ` of ${name}`
  for (let problems = ''; ; ) {
    const answer = (
      await ask(`${problems}${field.text}${of} (${field.hint}) [${current}]: `)
    ).trim()
    const next = withAnswer(field, own, name, answer || current)
    const found = problemsOf(field, alone(next, ...settled), name)
    if (found.length === 0) return next
    problems = `${new InvalidSettingsError(found).message}\n`
  }
}

/** Without the environments that may still change. */
function alone(own: Own, ...names: readonly string[]): Own {
  const kept = Object.entries(own.environments).filter(
    ([name, { endpoints }]) => endpoints !== 'aws' || names.includes(name),
  )
  return { ...own, environments: Object.fromEntries(kept) }
}

async function partsToLeaveOut(
  given: readonly string[] | undefined,
  root: string,
  ask: Ask | undefined,
): Promise<readonly string[]> {
  const known = Object.keys(parts).filter((part) => existsSync(join(root, 'apps', part)))
  if (given !== undefined || ask === undefined || known.length === 0) return given ?? []
  for (;;) {
    const answer = (await ask(`Parts to leave out (none, or ${known.join(', ')}) [none]: `)).trim()
    if (answer === '' || answer === 'none') return []
    const named = answer.split(',').map((part) => part.trim())
    if (named.every((part) => known.includes(part))) return named
  }
}

function nextSteps(before: Own, after: Own, notes: readonly string[]): string {
  const added = environmentsOnAws(after).filter((name) => !Object.hasOwn(before.environments, name))
  const shared = sharedProviders(after.environments)
  const steps = [
    ...notes,
    ...(notes.length > 0 ? ['npm install   removes the link to what is left out'] : []),
    ...added.map(
      (name) =>
        `npm run bootstrap -- -c ${name}   creates its state bucket and roles, and its GitHub environments`,
    ),
    ...shared.map(
      (name) =>
        `${name} shares the account of an environment before it, so githubProvider is 'adopt': bootstrap the other one first`,
    ),
    'npm test   checks everything with these values',
  ]
  return `Next:\n${steps.join('\n').replace(/^/gm, '  ')}\n`
}

function regenerate(): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', 'tsx/cjs', join(workspace, 'tools/workspace/src/docs.ts')],
    { cwd: workspace, encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  if (status !== 0) throw new Error(`npm run docs failed:\n${stdout}${stderr}`)
}

if (require.main === module) {
  process.setSourceMapsEnabled(false)
  // Ctrl-C ends what runs. The command restores the files, and then ends.
  let isWriting = false
  process.on('SIGINT', () => {
    if (!isWriting) process.exit(130)
  })
  initCommand(
    process.argv.slice(2),
    {
      root: workspace,
      write: (text) => process.stdout.write(text),
      ask: terminalQuestions(),
      regenerate: () => {
        isWriting = true
        regenerate()
      },
    },
    (text) => process.stderr.write(text),
  ).then((code) => {
    process.exitCode = code
  })
}
