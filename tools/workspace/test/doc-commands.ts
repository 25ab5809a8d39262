import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { options as appSpecOptions } from '@tideway/compute/src/delivery/main'
import { environments } from '@tideway/constructs/environments'
import { stacks } from '@tideway/constructs/stacks'
import { run as ecsSpot } from '@tideway/ecs-spot/describe-command'
import { parseOptions as localCloudOptions } from '@tideway/local-cloud/options'
import { reviewCommand } from '@tideway/plan-review/command'
import { readOptions as benchOptions } from '@tideway/policy-bench/options'
import { main as preflightCommand } from '@tideway/preflight/command'
import { requestOf as deployRequest } from '@tideway/terraform/deploy'
import { parseOptions as allBenches, comparisons } from '../src/bench'
import { costCommand } from '../src/costs'
import { parseOptions as sbomOptions } from '../src/dependencies/sbom'
import { benches } from '../src/evidence'
import { initCommand } from '../src/init/main'
import { serviceCommand } from '../src/service'
import { inferProjects } from '../src/targets.cjs'
import { awsProblem } from './aws-usage'
import { files, isLeftOut, read, workspace } from './documents'
import { failoverProblem } from './failover-usage'

type Problem = string | undefined

interface DocumentedCommand {
  readonly words: readonly string[]
  /** The document that has the command. */
  readonly file: string
}

/** The check of a command's usage: by its own parser where it has one. */
type Check = (words: readonly string[], file: string) => Problem | Promise<Problem>

/**
 * The commands by where they run: `here` in a quick test, `e2e` in the deployment, `nightly` in the documents that are run as
 * a whole, `account` only in an AWS account or on GitHub. The usage is checked here in all cases.
 */
type Table = Readonly<
  Record<'here' | 'e2e' | 'nightly' | 'account', Readonly<Record<string, Check>>>
>

function lineOf(table: Table, name: string) {
  const [proof, checks] =
    Object.entries(table).find(([, known]) => Object.hasOwn(known, name)) ?? []
  const check = checks?.[name]
  return check && { proof, check }
}

const none = () => undefined
/** What usage lines and sentences leave out. */
const isOmission = (word: string) => /^\[?\w*\.\.\.\]?$/.test(word)
/** A value that the reader has. */
const isPlaceholder = (word: string) => /^<.*>$/.test(word)
const withValue = (word: string) => (isPlaceholder(word) ? word.slice(1, -1) : word)

/** Fails where a command takes no words. */
const noWords: Check = (words) =>
  words.length === 0 ? undefined : `must have no arguments; got "${words.join(' ')}"`

/** Runs a parser that throws at a wrong option, or returns the text of the error. */
const parsedBy =
  (parse: (args: readonly string[]) => unknown): Check =>
  async (words) => {
    try {
      const outcome = await parse(words.filter((word) => !isOmission(word)).map(withValue))
      return typeof outcome === 'string' ? outcome : undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

const withOptions = (options: ParseArgsConfig['options'], allowPositionals = false) =>
  parsedBy((args) => void parseArgs({ args: [...args], options, allowPositionals }))

const localCloud = (command: string) =>
  parsedBy((args) => void localCloudOptions(command === 'start' ? args : [command, ...args]))

/** Each verb prints its usage after it has read its options. */
async function throwIfRefused(run: (fail: (text: string) => void) => unknown): Promise<Problem> {
  const write = process.stdout.write
  const warn = process.stderr.write
  let problem = ''
  const fail = (text: string | Uint8Array) => {
    problem += String(text)
    return true
  }
  process.stdout.write = () => true
  process.stderr.write = fail as typeof process.stderr.write
  try {
    const code = await run(fail)
    return code === undefined || code === 0 ? undefined : problem || `exit code ${code}`
  } finally {
    process.stdout.write = write
    process.stderr.write = warn
  }
}

const withHelp = (run: (args: readonly string[], fail: (text: string) => void) => unknown): Check =>
  parsedBy((args) => throwIfRefused((fail) => run([...args, '--help'], fail)))

/** Without a name, all parts run. */
const bench: Check = (words, file) => {
  const [name = '', ...options] = words
  if (isPlaceholder(name)) return undefined
  if (name === '' || name.startsWith('-'))
    return parsedBy((args) => void allBenches(args))(words, file)
  if (Object.hasOwn(comparisons, name))
    return parsedBy((args) => void benchOptions(args))(options, file)
  if (Object.hasOwn(benches, name)) return oneBench(options, file)
  return `must name a bench: ${Object.keys({ ...comparisons, ...benches }).join(', ')}`
}
const oneBench = withOptions({ json: { type: 'boolean' }, deterministic: { type: 'boolean' } })

/** The scripts of package.json. */
const scripts: Table = {
  here: {
    test: withOptions({ e2e: { type: 'boolean' } }),
    lint: noWords,
    format: noWords,
    graph: noWords,
    docs: noWords,
    picture: noWords,
    sbom: parsedBy((args) => void sbomOptions(args)),
    bench,
    controls: (words) => words.find((word) => word.startsWith('-') && !/^(-h|--help)$/.test(word)),
    cost: withHelp(costCommand),
    init: withHelp((args, fail) =>
      initCommand(args, { root: '', write: () => {}, ask: undefined, regenerate: () => {} }, fail),
    ),
  },
  e2e: {
    start: localCloud('start'),
    e2e: localCloud('e2e'),
    bootstrap: (words, file) => nx(['bootstrap', 'bootstrap', ...words], file),
    failover: failoverProblem,
    preflight: withHelp(async (args) => (await preflightCommand(args)).code),
    appspec: withOptions(appSpecOptions, true),
  },
  nightly: {
    down: localCloud('down'),
    'docs:run': localCloud('docs'),
    'example:existing-cluster': noWords,
    nightly: noWords,
    compat: noWords,
    plans: none,
    'init:try': none,
    service: withHelp((args, fail) =>
      serviceCommand(
        args,
        { folder: '', codeOwners: '', environments: [], write: () => {}, ask: undefined },
        fail,
      ),
    ),
  },
  account: {
    // Without a stack, it would find out which are affected.
    deploy: parsedBy((args) => {
      const hasStacks = args.some(
        (word, index) => !/^-/.test(word) && !/^-/.test(args[index - 1] ?? ''),
      )
      deployRequest(hasStacks ? args : [...args, '--help'])
    }),
    review: withHelp(reviewCommand),
  },
}

const { scripts: manifestScripts } = JSON.parse(read('package.json')) as {
  scripts: Readonly<Record<string, string>>
}

/** Whether a script of package.json exists. */
export function isScript(name: string): boolean {
  return Object.hasOwn(manifestScripts, name)
}

const npm: Check = (words, file) => {
  const [command = '', ...rest] = words.filter((word) => !/^(-s|--silent)$/.test(word))
  if (/^(ci|install|pack|view)$/.test(command)) return undefined
  const [name = '', ...args] = /^(run|run-script)$/.test(command) ? rest : [command, ...rest]
  if (isPlaceholder(name) || isOmission(name) || name === '') return undefined
  if (!isScript(name)) return `package.json has no script "${name}"`
  const script = lineOf(scripts, name)
  if (script === undefined)
    return `"${name}" has no line in \`scripts\` of doc-commands.ts: add one`
  if (args.length > 0 && args[0] !== '--') return `"--" must precede the arguments of a script`
  const given = args.slice(1).map(knownEnvironment)
  const unknown = given.find(
    (word, index) => given[index - 1] === '-c' && !Object.hasOwn(environments, word),
  )
  if (unknown !== undefined) return `-c: "${unknown}" is no environment`
  return script.check(given, file)
}

/** A page may use an environment that it adds, such as a second region. */
function knownEnvironment(word: string, index: number, words: readonly string[]): string {
  if (words[index - 1] !== '-c') return word
  return /^(ENV|<.*>|prodeu|staging)$/.test(word) ? 'dev' : word
}

const facts = { stacks, environments: Object.keys(environments) }
const manifests = files.filter((file) => /^(apps|packages|tools)\/[^/]+\/package\.json$/.test(file))

interface Target {
  readonly configurations?: Readonly<Record<string, object>>
}

/** The targets of each project, as Nx infers them. */
const projects: ReadonlyMap<string, Readonly<Record<string, Target>>> = new Map(
  inferProjects(manifests, workspace, facts).flatMap(([file, { projects: found }]) =>
    Object.entries(found).map(([root, project]) => {
      const nx = manifests.includes(file) ? JSON.parse(read(file)).nx : undefined
      const targets: Readonly<Record<string, Target>> = { ...project.targets, ...nx?.targets }
      return [project.name ?? nx?.name ?? root, targets] as const
    }),
  ),
)

/** Whether any project has the target. */
export function isTarget(name: string): boolean {
  return [...projects.values()].some((targets) => Object.hasOwn(targets, name))
}

const nxOptions = {
  configuration: { type: 'string', short: 'c' },
  target: { type: 'string', short: 't' },
  targets: { type: 'string' },
  projects: { type: 'string', short: 'p' },
  base: { type: 'string' },
  head: { type: 'string' },
  parallel: { type: 'string' },
  'skip-nx-cache': { type: 'boolean' },
  excludeTaskDependencies: { type: 'boolean' },
  'output-style': { type: 'string' },
  // Of the Terraform wrapper.
  confirm: { type: 'string' },
  plans: { type: 'string' },
} as const

const nx: Check = (words) => {
  const end = words.indexOf('--')
  const own = end === -1 ? words : words.slice(0, end)
  try {
    const args = own
      .map(knownEnvironment)
      .filter((word) => !isOmission(word))
      .map(withValue)
    const { values, positionals } = parseArgs({ args, options: nxOptions, allowPositionals: true })
    const [command = '', ...rest] = positionals
    if (command === 'graph' || command === 'reset') return undefined
    if (command === 'show') return rest[1] === undefined ? undefined : targetsProblem([], [rest[1]])
    const isMany = command === 'run-many' || command === 'affected'
    const names = (values.target ?? values.targets ?? '').split(',')
    const [project, target, configuration] =
      command === 'run' ? (rest[0] ?? '').split(':') : [rest[0], command]
    return isMany
      ? targetsProblem(names, values.projects?.split(','), values.configuration)
      : targetsProblem(
          [target ?? ''],
          project === undefined ? undefined : [project],
          configuration ?? values.configuration,
        )
  } catch (error) {
    return (error as Error).message
  }
}

/** @param all undefined: any project */
function targetsProblem(
  targets: readonly string[],
  all: readonly string[] | undefined,
  configuration?: string,
): Problem {
  // The page about a new stack adds one of that name.
  const named = all
    ?.map((name) => (name === 'notes' ? 'network' : name))
    .filter((name) => !isLeftOut(`apps/${name}`))
  if (named?.length === 0) return undefined
  const known = [...projects.keys()]
  const unknown = named?.find((name) => !known.includes(name) && !isPlaceholder(name))
  if (unknown !== undefined) return `Nx has no project "${unknown}"`
  const selected = (named ?? known).map((name) => projects.get(name))
  for (const target of targets) {
    const found = selected.flatMap((each) => each?.[target] ?? [])
    if (found.length === 0) return `Nx has no target "${target}" there`
    if (configuration === undefined) continue
    const name = knownEnvironment(configuration, 1, ['-c', configuration])
    if (!found.some(({ configurations = {} }) => Object.hasOwn(configurations, name)))
      return `"${target}" has no configuration "${configuration}"`
  }
  return undefined
}

/** By what the AWS client would be called for. */
const ecsSpotUsage: Check = async ([command = '', ...args]) => {
  if (args.length === 0) return undefined
  const reached = 'the options are right'
  const client = { send: () => Promise.reject(new Error(reached)) }
  const { messages } = await ecsSpot([command, ...args], () => client as never)
  return messages.includes(reached) ? undefined : messages
}

const npx: Check = ([command = '', ...words], file) => {
  if (command === 'nx') return words.length === 0 ? undefined : nx(words, file)
  if (command === 'ecs-spot') return ecsSpotUsage(words, file)
  return 'npx must run nx or ecs-spot'
}

/** `git revert`, and the options that its own help lists. */
const git: Check = ([command = '', ...words]) => {
  const { stdout, stderr } = spawnSync('git', [command, '-h'], { cwd: workspace, encoding: 'utf8' })
  const help = `${stdout}${stderr}`
  if (!help.includes('usage:')) return `git has no command "${command}"`
  const option = words.find(
    (word) => word.startsWith('--') && !help.includes(word.split('=')[0] ?? ''),
  )
  return option === undefined ? undefined : `git ${command} has no option "${option}"`
}

/** The options of each subcommand, as its help lists them. */
const optionsBy =
  (known: Readonly<Record<string, string>>, depth: (words: readonly string[]) => number): Check =>
  (words) => {
    const name = words.slice(0, depth(words)).join(' ')
    const options = known[name]
    if (options === undefined) return `"${name}" is none of ${Object.keys(known).join(', ')}`
    const wrong = words.find(
      (word) => /^-[^\d]/.test(word) && !options.split(' ').includes(word.split('=')[0] ?? ''),
    )
    return wrong === undefined ? undefined : `"${name}" has no option ${wrong}`
  }

const terraform = optionsBy(
  {
    init: '-backend-config -input -migrate-state -no-color -reconfigure -upgrade',
    plan: '-destroy -input -json -no-color -out -refresh-only -replace -target -var',
    apply: '-auto-approve -input -json -no-color -replace -target -var',
    destroy: '-auto-approve -input -no-color -target -var',
    import: '-input -var',
    output: '-json -no-color -raw',
    show: '-json -no-color',
    validate: '-json -no-color',
    version: '-json',
    'force-unlock': '-force',
    'state list': '-id',
    'state mv': '-dry-run',
    'state rm': '-dry-run',
    'state show': '',
  },
  ([first]) => (first === 'state' ? 2 : 1),
)

const gh = optionsBy(
  {
    api: '--jq --method -X --paginate -f -F --field --input',
    'auth login': '',
    'auth status': '',
    'repo clone': '',
    'run download': '--dir --name',
    'run list': '--workflow --limit',
    'run rerun': '--failed',
    'workflow enable': '',
    'workflow run': '--ref -f --field',
    'variable set': '--body --env',
    'pr create': '--title --body --fill',
    'pr view': '--web',
  },
  ([first]) => (first === 'api' ? 1 : 2),
)

const curlOptions =
  '-f -H -i -o -s -S -L -X -x --data --fail --fail-with-body --header --no-progress-meter --output --silent'
const curl: Check = (words) => {
  const wrong = words.find(
    (word) =>
      /^-/.test(word) && !curlOptions.split(' ').includes(word) && !/^-[fisSLv]+$/.test(word),
  )
  return wrong === undefined ? undefined : `curl has no option ${wrong}`
}

/** Its script exists, from the folder of the document or the root. */
const node: Check = (words, file) => {
  const script = words.find(
    (word, index) =>
      !word.startsWith('-') && !/^(--require|--import)$/.test(words[index - 1] ?? ''),
  )
  if (script === undefined) return undefined
  const isFound =
    [dirname(file), ''].some((folder) => existsSync(join(workspace, folder, script))) ||
    files.some((each) => basename(each) === script)
  return isFound ? undefined : `${script} does not exist`
}

const pip: Check = ([command, ...names]) =>
  command === 'install' && names.every((name) => /^moto\[server\](==[\d.]+)?$/.test(name))
    ? undefined
    : "pip must install 'moto[server]'"

/** Each kind of command in the documents, without those of every system. */
const commands: Table = {
  here: { npm },
  e2e: { npx, nx },
  nightly: { node, pip },
  account: { aws: awsProblem, terraform, git, gh, curl, dig: none },
}

const ofSystem = /^(cat|cd|cmp|cp|diff|echo|grep|jq|ls|mkdir|paste|rm|sed|tail)$/

const others =
  'apt|apt-get|brew|bash|cdktf|chmod|docker|export|jest|jq|kill|kubectl|make|moto_server|nvm|openssl|pipx|pnpm|psql|python3?|redis-cli|scp|sh|source|ssh|sudo|tsc|tsx|unzip|wget|yarn'
const own = Object.values(commands).flatMap((checks) => Object.keys(checks))

/** Programs that people write commands for. Those without a line are errors. */
export const programs = new RegExp(`^(${own.join('|')}|${others})$`)

/** What is wrong with a command, or undefined. */
export async function commandProblem({ words, file }: DocumentedCommand): Promise<Problem> {
  const [program = '', ...rest] = words
  if (ofSystem.test(program)) return undefined
  const line = lineOf(commands, program)
  if (line !== undefined) return line.check(rest, file)
  return `no line of commands is about "${program}": add one to tools/workspace/test/doc-commands.ts, with its parser and where it runs`
}

/** Where a command is run, as the table says. */
export function proofOf([program = '', ...rest]: readonly string[]): string | undefined {
  if (ofSystem.test(program)) return 'nightly'
  const [name = ''] = rest.filter((word) => !/^(run|-s|--silent)$/.test(word))
  return program === 'npm' ? lineOf(scripts, name)?.proof : lineOf(commands, program)?.proof
}
