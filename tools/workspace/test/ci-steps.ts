import * as childProcess from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const { spawnSync } = childProcess

interface Answer {
  readonly status: number
  readonly stdout: string
}

/** Answers the commands that a step runs, besides Git: `gh`, `npx` and `npm`. */
export type Commands = (command: string, args: readonly string[], input: string) => Answer

export const ok = (value: unknown = ''): Answer => ({
  status: 0,
  stdout: typeof value === 'string' ? value : JSON.stringify(value),
})
export const failed: Answer = { status: 1, stdout: '' }

export interface StepResult {
  readonly passed: boolean
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
}

/** Runs a step of a workflow in this process, which takes a tenth of the time of a new one. */
export function runStep(
  step: string,
  folder: string,
  env: Readonly<Record<string, string>>,
  commands: Commands,
): StepResult {
  const before = { cwd: process.cwd(), env: process.env, exitCode: process.exitCode }
  const lines: string[] = []
  const log = jest.spyOn(console, 'log').mockImplementation((line) => lines.push(String(line)))
  const output = join(folder, '.git', 'step-output')
  writeFileSync(output, '')
  try {
    process.chdir(folder)
    const { PATH, HOME, ...git } = before.env
    const own = Object.entries(git).filter(([name]) => name.startsWith('GIT_'))
    process.env = {
      ...Object.fromEntries(own),
      PATH,
      HOME,
      GH_REPO: 'example-org/tideway',
      GITHUB_RUN_ID: '77',
      GITHUB_OUTPUT: output,
      ...env,
    }
    process.exitCode = undefined
    jest.isolateModules(() => {
      jest.doMock('node:child_process', () => ({
        ...childProcess,
        spawnSync: (command: string, args: string[], options: childProcess.SpawnSyncOptions) =>
          command === 'git'
            ? spawnSync(command, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
            : commands(command, args, String(options.input ?? '')),
      }))
      jest.requireActual(`../src/ci/${step}.cjs`)
    })
    return {
      passed: process.exitCode === undefined,
      log: lines.join('\n'),
      outputs: Object.fromEntries(
        readFileSync(output, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    }
  } finally {
    log.mockRestore()
    jest.dontMock('node:child_process')
    process.chdir(before.cwd)
    process.env = before.env
    process.exitCode = before.exitCode
  }
}

interface Deployment {
  readonly id: number
  readonly environment: string
  readonly task: string
  readonly sha: string
  readonly description: string
  readonly states: string[]
}

interface Issue {
  readonly number: number
  readonly title: string
  body: string | null
  state: string
  readonly comments: string[]
  readonly pull_request?: object
}

/** The parts of GitHub that the steps use. */
export class FakeGitHub {
  readonly deployments: Deployment[] = []
  readonly issues: Issue[] = []
  readonly comments: { id: number; user: { login: string } | null; body: string | null }[] = []
  readonly calls: string[] = []
  /** A call that GitHub refuses. */
  refused = /^$/
  private lastId = 0

  issue(title: string, more: Partial<Issue> = {}): Issue {
    this.lastId += 1
    const issue = { number: this.lastId, title, body: '', state: 'open', comments: [], ...more }
    this.issues.push(issue)
    return issue
  }

  answer(args: readonly string[], input: string): Answer {
    const [, , method = '', url = ''] = args
    this.calls.push(`${method} ${url}`)
    if (this.refused.test(`${method} ${url}`)) return failed
    const [path = '', query = ''] = url.replace('repos/example-org/tideway/', '').split('?')
    return ok(this.handle(method, path, new URLSearchParams(query), JSON.parse(input || '{}')))
  }

  private handle(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, string>,
  ): unknown {
    const [resource, id, part] = path.split('/')
    const page = <Item>(items: readonly Item[]) => {
      const size = Number(query.get('per_page') ?? 30)
      const first = (Number(query.get('page') ?? 1) - 1) * size
      return items.slice(first, first + size)
    }
    if (resource === 'deployments' && method === 'GET') {
      const found = this.deployments.filter(
        ({ environment, task }) =>
          environment === query.get('environment') && task === query.get('task'),
      )
      return page(found.reverse())
    }
    if (resource === 'deployments' && part === 'statuses') {
      this.deployments.find((each) => each.id === Number(id))?.states.push(body.state ?? '')
      return { state: body.state }
    }
    if (resource === 'deployments') {
      const { ref = '', environment = '', task = '', description = '' } = body
      this.lastId += 1
      const made = { id: this.lastId, environment, task, sha: ref, description, states: [] }
      this.deployments.push(made)
      return made
    }
    if (resource === 'issues' && id === 'comments') {
      const comment = this.comments.find((each) => each.id === Number(part))
      return Object.assign(comment ?? {}, body)
    }
    if (resource === 'issues' && part === 'comments' && method === 'GET') return page(this.comments)
    const issue = this.issues.find(({ number }) => number === Number(id))
    if (resource === 'issues' && part === 'comments') {
      if (issue === undefined) {
        const made = { id: 900, user: { login: 'github-actions[bot]' }, body: body.body ?? '' }
        this.comments.push(made)
      } else issue.comments.push(body.body ?? '')
      return {}
    }
    if (resource === 'issues' && method === 'GET')
      return page(this.issues.filter(({ state }) => state === 'open'))
    if (resource === 'issues' && method === 'POST') return this.issue(body.title ?? '', body)
    if (resource === 'issues') return Object.assign(issue ?? {}, body)
    throw new Error(`${method} ${path}: unknown`)
  }
}

type Tree = ReadonlyMap<string, string>

/** A Git repository in a temporary folder. Its commits and references are real; it has no working tree of them. */
export class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), 'tideway-ci-'))
  private readonly trees = new Map<string, Tree>()
  private contents = 0

  constructor() {
    // As `git init` does, without a process.
    for (const folder of ['objects', 'refs/heads'])
      mkdirSync(join(this.folder, '.git', folder), { recursive: true })
    this.write('.git/HEAD', 'ref: refs/heads/main\n')
  }

  git(...args: string[]): string {
    return this.run(args)
  }

  private run(args: readonly string[], input = ''): string {
    const options = { cwd: this.folder, input, encoding: 'utf8' } as const
    const { status, stdout, stderr } = spawnSync('git', args, options)
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout.trim()
  }

  /** The commit of main. */
  get main(): string {
    const file = join(this.folder, '.git/refs/heads/main')
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  }

  /** Commits a change of each file, and pushes it. Returns the commit. */
  push(...files: string[]): string {
    this.contents += 1
    const tree = new Map(this.trees.get(this.main))
    for (const file of files) tree.set(file, `${this.contents}`)
    return this.pushTree(tree)
  }

  /** Pushes the files of an older commit again: a revert. */
  revertTo(commit: string): string {
    return this.pushTree(this.trees.get(commit) ?? new Map())
  }

  /** Pushes a merge of another commit, with the newest content of each file. */
  merge(other: string): string {
    const tree = new Map(this.trees.get(this.main))
    for (const [file, content] of this.trees.get(other) ?? [])
      if (Number(content) > Number(tree.get(file) ?? 0)) tree.set(file, content)
    return this.pushTree(tree, other)
  }

  private pushTree(tree: Tree, merged?: string): string {
    const files = [...tree].map(
      ([file, content]) => `M 100644 inline ${file}\ndata ${content.length}\n${content}`,
    )
    const lines = [
      `commit refs/heads/main\ncommitter a <a@b> ${1_700_000_000 + this.trees.size} +0000`,
      'data 0',
      ...(this.main ? [`from ${this.main}`] : []),
      ...(merged ? [`merge ${merged}`] : []),
      'deleteall',
      ...files,
    ]
    this.run(['fast-import', '--quiet'], `${lines.join('\n')}\n`)
    this.trees.set(this.main, tree)
    return this.forcePush(this.main)
  }

  /** Makes a commit the newest one of main, as after a force-push. Returns it. */
  forcePush(commit: string): string {
    this.write('.git/refs/heads/main', `${commit}\n`)
    // What a checkout of main has.
    this.write('.git/refs/remotes/origin/main', `${commit}\n`)
    this.checkOut()
    return commit
  }

  /** Checks out main, or the commit of an older run. */
  checkOut(commit?: string): void {
    this.write('.git/HEAD', `${commit ?? 'ref: refs/heads/main'}\n`)
  }

  /** The content of a file. */
  read(file: string, commit = this.main): string | undefined {
    return this.trees.get(commit)?.get(file)
  }

  /** The files that differ between two commits. */
  diff(base: string, head = this.main): string[] {
    const [before, after] = [base, head].map((commit) => this.trees.get(commit))
    if (before === undefined || after === undefined) throw new Error('no such commit')
    const files = new Set([...before.keys(), ...after.keys()])
    return [...files].filter((file) => before.get(file) !== after.get(file))
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
