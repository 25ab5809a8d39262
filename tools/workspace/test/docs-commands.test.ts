import { basename, dirname, join, normalize } from 'node:path'
import { commandProblem, isScript, isTarget, programs, proofOf } from './doc-commands'
import {
  anchorsOf,
  blocksOf,
  currentDocuments,
  files,
  isLeftOut,
  lineAt,
  read,
  spansOf,
} from './documents'
import { simpleCommands, splitVariables } from './shell-words'

interface Found {
  readonly file: string
  readonly line: number
  readonly variables: readonly string[]
  readonly words: readonly string[]
}

/** A placeholder is one word: `<ARN of the primary>`. */
const joined = (text: string) =>
  text.replace(/<[\w' ().|-]+>/g, (each) => `'${each.replaceAll("'", '').replaceAll(' ', '-')}'`)

/** The commands of a text, of which those in sentences and in blocks without a language start with a known program. */
function commandsIn(file: string, text: string): Found[] {
  const blocks = blocksOf(text).flatMap((block) => {
    if (block.language === 'sh') return lines(file, block.text, block.line, () => true)
    return block.language === '' ? lines(file, block.text, block.line, isCommand) : []
  })
  const spans = spansOf(text).flatMap((span) =>
    isCommand(span.text) && span.text.includes(' ')
      ? lines(file, span.text, span.line, isCommand)
      : [],
  )
  return [...blocks, ...spans]
}

function isCommand(text: string): boolean {
  const words = text.trim().replace(/^\$ /, '').split(/\s+/)
  const program = words.find((word) => !/^[A-Z_]+=/.test(word)) ?? ''
  // `TIDEWAY_CASES=10` alone is a setting.
  return programs.test(program) || /^TIDEWAY_\w+=/.test(words[0] ?? '')
}

function lines(
  file: string,
  text: string,
  start: number,
  isWanted: (line: string) => boolean,
): Found[] {
  const found: Found[] = []
  let line = start
  // A command goes on in lines that are indented, or that close what it has opened.
  for (const part of text.split(/^(?! *[\s})]|done\b|fi\b)/m)) {
    const command = joined(part.replace(/^ *\$ /, ''))
    if (isWanted(part)) {
      for (const words of simpleCommands(command)) {
        const split = splitVariables(words)
        found.push({ file, line, variables: split.variables, words: split.words })
      }
    }
    line += part.split('\n').length - 1
  }
  return found
}

/** Functions that the document itself defines. */
const ownFunctions = (file: string) =>
  new Set(
    [...(files.includes(file) ? read(file) : '').matchAll(/^([\w-]+)\(\) \{/gm)].map(
      ([, name]) => name,
    ),
  )

/** The variables that the code of the repository reads. */
const settings = new Set(
  files
    .filter((file) => /\.(ts|cjs|yml|json|sh)$|^\.ci\//.test(file))
    .flatMap((file) => read(file).match(/\b(TIDEWAY_[A-Z_]+|CHROMIUM)\b/g) ?? []),
)
const ofOthers = /^(AWS_[A-Z_]+|TF_[A-Z_]+|NO_COLOR|FORCE_COLOR|GH_TOKEN|ARN)$/

function variableProblem(name: string): string | undefined {
  if (settings.has(name) || ofOthers.test(name) || /^[a-z_]+$/.test(name)) return undefined
  return `no code reads the variable ${name}`
}

/** One after the other, since parsers print their usage. */
async function problemsOf(found: readonly Found[]): Promise<string[]> {
  const problems = new Map<string, string | undefined>()
  const lines: string[] = []
  for (const { file, line, variables, words } of found) {
    const key = `${dirname(file)} ${words.join(' ')}`
    const isOwn = words.length === 0 || ownFunctions(file).has(words[0] ?? '')
    if (!isOwn && !problems.has(key)) problems.set(key, await commandProblem({ file, words }))
    const problem =
      problems.get(key) ?? variables.map(variableProblem).find((each) => each !== undefined)
    const text = words.length > 0 ? words.join(' ') : variables.join(' ')
    if (problem !== undefined) lines.push(`${file}:${line}: ${text}: ${problem.split('\n')[0]}`)
  }
  return lines
}

/** Their blocks in sh are one session. */
const documentsInOrder = [
  ...currentDocuments.filter((file) => file.startsWith('examples/')),
  'docs/tutorial.md',
  'docs/how-to/add-a-service.md',
]

describe('the commands of the documents', () => {
  const all = currentDocuments.flatMap((file) => commandsIn(file, read(file)))

  it('are in the table, and have the usage of their own parsers', async () => {
    expect(all.length).toBeGreaterThan(300)
    expect(await problemsOf(all)).toEqual([])
  })

  it.each([
    'npm run nothing',
    'npm start -- --loud',
    'npm start -- --speed many',
    'npm run service -- new a --nothing x',
    'npm run cost -- -c nowhere',
    'npm run deploy -- nowhere -c dev',
    'npm run deploy data',
    'npm run review -- --base',
    'npm run preflight -- -c dev --nothing',
    'npm run init -- --nothing x',
    'npm run bench -- nothing',
    'npm run bench -- --nothing',
    'npm run bench -- policies --seeds none',
    'npm run failover -- nothing -c prod',
    'npm run failover -- status --loud -c prod',
    'npm run failover -- status -c nowhere',
    'npm run failover -- why -c prod',
    'npm run failover -- force api -c prod',
    'npm run failover -- hold api --all -c prod',
    'npm run failover -- dry-run maybe api -c prod',
    'npx nx deploy nowhere -c dev',
    'npx nx depoly data -c dev',
    'npx nx deploy data -c nowhere',
    'npx nx run-many -t deploy -p network,nowhere -c dev',
    'npx nx synth data --nothing',
    'npx something',
    'npx ecs-spot describe --nothing x',
    'aws ecs describe-nothing',
    'aws esc list-tasks',
    'aws ecs list-tasks --clusters shop',
    'aws logs tail /group --nothing',
    'echo $(aws ecs list-tasks --nothing x)',
    'cat file | terraform plan -nothing',
    'gh nothing',
    'git revert --nothing',
    'git nothing',
    'curl --nothing',
    'node nothing.cjs',
    'pip install something',
    'docker run something',
    // Only here, so that no code has the name.
    ['TIDEWAY', 'NOTHING=1 npm test'].join('_'),
  ])('are found wrong: %s', async (command) => {
    const inBlock = commandsIn('docs/x.md', `Text.\n\`\`\`sh\n${command}\n\`\`\`\n`)
    expect(await problemsOf(inBlock)).toEqual([expect.stringMatching(/^docs\/x\.md:3: /)])
  })

  it('are found in sentences, with a line of the table that is missing', async () => {
    const text = 'First.\n\nRun `npm run\nnothing` and `docker ps`, then see `docker` and `aws_x`.'
    expect(await problemsOf(commandsIn('docs/x.md', text))).toEqual([
      'docs/x.md:3: npm run nothing: package.json has no script "nothing"',
      expect.stringContaining('docs/x.md:4: docker ps: no line of commands'),
    ])
  })

  it('are run where the table says: the nightly run has the documents that are followed as a whole', () => {
    const nightly = read('.github/workflows/nightly.yml')
    const [, started = ''] = /npm run docs:run -- (.*)/.exec(nightly) ?? []
    const ran = started.split(' ')
    expect(ran.filter((file) => !files.includes(file))).toEqual([])
    const inOrder = documentsInOrder.filter((file) => files.includes(file))
    expect(inOrder.filter((file) => !ran.includes(file))).toEqual([])
  })

  it('are each proved somewhere', () => {
    const kinds = new Set(all.flatMap(({ words }) => (words.length === 0 ? [] : [proofOf(words)])))
    expect([...kinds].sort()).toEqual(['account', 'e2e', 'here', 'nightly'])
  })
})

/** Files that commands of the repository, or its users, write. */
const written =
  /(^|\/)(\.tf|\.nx|\.tideway|cdktf\.out|dist|out|reviewed|review|node_modules)(\/|$)|^(plan|cdk\.tf|services|package-lock)\.json$/

const roots = new Set(files.map((file) => file.split('/')[0]))
const folders = new Set(files.flatMap((file) => parents(file)))

function parents(file: string): string[] {
  const folder = dirname(file)
  return folder === '.' ? [] : [folder, ...parents(folder)]
}

/** Whether a span names a file or a folder of this repository, which must then exist. */
function pathProblem(file: string, span: string): string | undefined {
  const path = span.replace(/[:#].*$/, '').replace(/\/$/, '')
  const isPath = /^\.{0,2}[\w@.*-]+(\/[\w@.*-]+)+$/.test(path)
  if (!isPath || !roots.has(path.split('/')[0]) || written.test(path) || isLeftOut(path))
    return undefined
  const pattern = new RegExp(`^${path.replace(/[.+]/g, '\\$&').replaceAll('*', '[^/]*')}$`)
  const near = normalize(join(dirname(file), path))
  const exists = [...files, ...folders].some((each) => pattern.test(each) || each === near)
  return exists ? undefined : `${span} does not exist`
}

describe('the paths of the documents', () => {
  it('exist', () => {
    const problems = currentDocuments.flatMap((file) =>
      spansOf(read(file)).flatMap(({ text, line }) => {
        const problem = pathProblem(file, text)
        return problem === undefined ? [] : [`${file}:${line}: ${problem}`]
      }),
    )
    expect(problems).toEqual([])
  })

  it('are found wrong if they do not', () => {
    expect(pathProblem('docs/x.md', 'tools/workspace/src/nothing.ts')).toBeDefined()
    expect(pathProblem('docs/x.md', 'tools/*/nothing.ts')).toBeDefined()
    expect(pathProblem('docs/x.md', 'tools/*/package.json')).toBe(undefined)
    expect(pathProblem('docs/x.md', 'apps/data/.tf/prod/plan.json')).toBe(undefined)
    expect(pathProblem('docs/x.md', 'application/json')).toBe(undefined)
  })
})

const sources = files.filter(
  (file) =>
    /\.(ts|cjs|yml|html|json)$|^\.ci\//.test(file) &&
    !/(^|\/)(test|bench|plans)\/|package-lock|\.nx\//.test(file),
)

describe('the code', () => {
  it('names scripts and targets that exist', () => {
    const problems = sources.flatMap((file) => {
      const text = read(file)
      const script = /npm run (?:--silent |-s )?([a-z][\w:-]*)/g
      const target = /npx nx ([a-z][\w-]*)/g
      return [
        ...[...text.matchAll(script)].filter(([, name = '']) => !isScript(name)),
        ...[...text.matchAll(target)].filter(
          ([, name = '']) => !/^(run|run-many|affected|show|graph)$/.test(name) && !isTarget(name),
        ),
      ].map(({ index, 0: command }) => `${file}:${lineAt(text, index)}: ${command} does not exist`)
    })
    expect(problems).toEqual([])
  })

  it('names documents and headings that exist', () => {
    const problems = sources.flatMap((file) => {
      const text = read(file)
      const named =
        /(?<![\w/.-])((?:docs|apps|packages|tools|examples)\/[a-z\d/-]+(?:README)?)(\.md)?(?:#([\w-]+))?/g
      return [...text.matchAll(named)].flatMap(
        ({ index, 1: path = '', 2: extension, 3: anchor }) => {
          const isDocument =
            extension !== undefined || (path.startsWith('docs/') && !folders.has(path))
          if (!isDocument) return []
          const at = `${file}:${lineAt(text, index)}`
          // `docs/decisions/0003` stands for the file that starts so.
          const section = `${path}${extension ?? ''}${anchor === undefined ? '' : `#${anchor}`}`
          if (isLeftOut(`${path}${extension ?? ''}`) || isLeftOut(section)) return []
          const target = files.find((each) =>
            extension === undefined ? each.startsWith(path) : each === `${path}.md`,
          )
          if (target === undefined) return [`${at}: ${path}${extension ?? ''} does not exist`]
          if (anchor === undefined || anchorsOf(read(target)).has(anchor.toLowerCase())) return []
          return [`${at}: ${basename(target)} has no heading #${anchor}`]
        },
      )
    })
    expect(problems).toEqual([])
  })
})
