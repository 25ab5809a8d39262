import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { actionsLike } from '@tideway/controls/iam-data'
import { parse, type World } from '@tideway/failover/command'
import { alarmRows, pages } from './alarm-pages'

const workspace = resolve(__dirname, '../../..')

/** All documents of the repository. */
const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md'].concat(
  ['apps', 'docs', 'examples', 'packages', 'tools'].flatMap(documentsIn),
)

function documentsIn(folder: string): string[] {
  return readdirSync(join(workspace, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return path.endsWith('.md') ? [path] : []
    return /^(\..*|node_modules|dist|cdktf\.out)$/.test(entry.name) ? [] : documentsIn(path)
  })
}

const texts = new Map<string, string>()
function read(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(workspace, file), 'utf8')
  texts.set(file, text)
  return text
}

const withoutCode = (text: string) => text.replace(/^( *)```.*?^\1```/gms, '')

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(text: string): Set<string> {
  const found = new Set<string>()
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let anchor = slug
    for (let count = 1; found.has(anchor); count++) anchor = `${slug}-${count}`
    found.add(anchor)
  }
  return found
}

/** The links of a document that lead nowhere. */
function brokenLinks(file: string, text: string): string[] {
  const links = withoutCode(text)
    .replace(/`[^`\n]*`/g, '')
    .matchAll(/\]\(([^)\s]+)\)/g)
  return [...links].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = relative(workspace, resolve(workspace, dirname(file), path))
    if (path !== '' && !existsSync(join(workspace, target))) return [`${file}: ${link}`]
    if (anchor === undefined || (path !== '' && !path.endsWith('.md'))) return []
    return anchorsOf(path === '' ? text : read(target)).has(anchor) ? [] : [`${file}: ${link}`]
  })
}

describe('the links of the documents', () => {
  it('lead to files and headings that exist', () => {
    expect(documents.length).toBeGreaterThan(50)
    expect(documents.flatMap((file) => brokenLinks(file, read(file)))).toEqual([])
  })

  it('are found wrong if the file or the heading is missing', () => {
    const text = [
      '# A `b`: [c](README.md)',
      '[1](#a-b-c) [2](#b) [3](no.md) [4](decisions/) `[5](no)`',
      '```',
      '[6](no) # no',
      '```',
      '[7](failover.md#when-it-acts) [8](failover.md#when)',
    ].join('\n')
    expect(brokenLinks('docs/x.md', text.replace('README', 'costs'))).toEqual(
      ['#b', 'no.md', 'failover.md#when'].map((link) => `docs/x.md: ${link}`),
    )
  })
})

describe('the pages for those on call', () => {
  const index = pages.get('README') ?? ''
  const alarms = alarmRows('Failover', 'Services', 'Data', 'Edge')

  it('are all in the index', () => {
    const linked = new Set([...index.matchAll(/\]\(([\w-]+)\.md/g)].map(([, page]) => page))
    expect([...pages.keys()].filter((page) => page !== 'README' && !linked.has(page))).toEqual([])
  })

  it.each([...new Set(alarms.map(({ page }) => page))])(
    '%s names its alarms, and has the parts of each page',
    (page) => {
      const text = pages.get(page) ?? ''
      const [, named = ''] = /^Alarms?: (.*)$/m.exec(text) ?? []
      const expected = alarms
        .filter((alarm) => alarm.page === page)
        .map(({ name }) => `\`${name}\``)
      expect(named.split(', ')).toEqual(expected)
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
      expect(headings.slice(0, 4)).toEqual([
        'What it means',
        'What to look at',
        'What to do',
        'How it ends',
      ])
    },
  )
})

/** Commands in the code of a document, each as one line. */
function commandsIn(text: string, start: RegExp): string[] {
  const code = [
    ...[...text.matchAll(/^ *```\w*\n(.*?)^ *```/gms)].flatMap(([, block = '']) =>
      block.replace(/\\\n\s*/g, '').split('\n'),
    ),
    ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span),
  ]
  return code.map((line) => line.trim()).filter((line) => start.test(line))
}

const failoverCommand = /^npm run (?:--silent |-s )?failover -- /

/** What is wrong with a command of the failover: its verb, its options, or what it is about. */
async function usageProblem(command: string): Promise<string | undefined> {
  const world: World = {
    variables: {},
    signal: new AbortController().signal,
    print: () => {},
    warn: () => {},
    ask: async () => undefined,
    terminal: undefined,
    localEndpoint: async () => undefined,
  }
  const text = command.replace(failoverCommand, '').replace(/ #.*/, '')
  // In a sentence, a command may do without its environment.
  const complete = / -c | --cluster /.test(text) ? text : `${text} -c prod`
  const args = (complete.match(/"[^"]*"|\S+/g) ?? []).map((each) => each.replaceAll('"', ''))
  try {
    const parsed = await parse(args, world)
    if (typeof parsed === 'string') return undefined
    const [, line = ''] = /^npm run failover -- [\w-]+ ?(.*?) ?-c ENV/.exec(parsed.verb.usage) ?? []
    const common = {
      configuration: { type: 'string', short: 'c' },
      cluster: { type: 'string' },
    } as const
    const options = { ...common, ...parsed.verb.options }
    const { values, positionals } = parseArgs({ args: args.slice(1), options, strict: false })
    const words = line.split(' ').filter((word) => word !== '' && !word.startsWith('[-'))
    const expected = words.filter((word) => values.all !== true || !word.includes('--all'))
    const required = expected.filter((word) => !word.startsWith('['))
    const isComplete =
      positionals.length >= required.length && positionals.length <= expected.length
    const isNamed = positionals.every((given, index) => fits(given, expected[index] ?? ''))
    return isComplete && isNamed ? undefined : `${command}: must be ${line}`
  } catch (error) {
    return `${command}: ${error instanceof Error ? error.message.split('\n')[0] : error}`
  }
}

/** Whether a word is one of `on|off|N|SERVICE`. */
function fits(given: string, expected: string): boolean {
  const choices = expected.replace(/[[\]]/g, '').split('|')
  if (choices.includes(given) || choices.includes('SERVICE')) return true
  return choices.includes('N') && /^\d+$/.test(given)
}

describe('the commands of the documents', () => {
  it('of the failover have verbs, options and words that it takes', async () => {
    const commands = documents
      .flatMap((file) => commandsIn(read(file), failoverCommand))
      // "status|why -c ENV" stands for a command of each verb, and "..." for any.
      .flatMap((command) => {
        const [text, verbs = ''] = / -- (\w+(?:\|[\w-]+)+) /.exec(command) ?? [command]
        const each =
          verbs === ''
            ? [command]
            : verbs.split('|').map((verb) => command.replace(text, ` -- ${verb} --help `))
        return each
          .map((one) => one.replace('-c ENV', '-c prod'))
          .filter((one) => !one.includes('...'))
      })
    expect(commands.length).toBeGreaterThan(40)
    const problems = await Promise.all([...new Set(commands)].map(usageProblem))
    expect(problems.filter((problem) => problem !== undefined)).toEqual([])
    const wrong = [
      'nothing -c prod',
      'status --loud -c prod',
      'status -c nowhere',
      'why -c prod',
      'force api -c prod',
      'hold api --all -c prod',
      'dry-run maybe api -c prod',
    ]
    const found = wrong.map((args) => usageProblem(`npm run failover -- ${args}`))
    expect((await Promise.all(found)).filter((problem) => problem === undefined)).toEqual([])
  })

  it('of the AWS CLI name operations that exist', () => {
    const files = documents.filter((file) => basename(file) !== 'CHANGELOG.md')
    const commands = files.flatMap((file) => commandsIn(read(file), /^aws [a-z]/))
    expect(commands.length).toBeGreaterThan(60)
    expect([...new Set(commands)].filter((command) => !isOperation(command))).toEqual([])
    expect(['aws ecs describe-nothing', 'aws esc list-tasks'].filter(isOperation)).toEqual([])
  })
})

/** The services of the CLI whose permissions have another prefix. */
const prefixes: Readonly<Record<string, string>> = {
  deploy: 'codedeploy',
  elbv2: 'elasticloadbalancing',
  stepfunctions: 'states',
}

/** Commands of the CLI that are no operation, or whose permission has another name, with the permission. */
const permissions: Readonly<Record<string, string>> = {
  'logs tail': 'logs:FilterLogEvents',
  's3 ls': 's3:ListBucket',
  's3 sync': 's3:PutObject',
}

function isOperation(command: string): boolean {
  const [, service = '', operation = ''] = command.split(/\s+/)
  const action =
    permissions[`${service} ${operation}`] ??
    `${prefixes[service] ?? service}:${operation.replaceAll('-', '')}`
  return actionsLike(action).length > 0
}
