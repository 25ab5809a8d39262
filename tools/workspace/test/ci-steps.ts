import * as childProcess from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  body: string
  state: string
  readonly comments: string[]
  readonly pull_request?: object
}

/** The parts of GitHub that the steps use. */
export class FakeGitHub {
  readonly deployments: Deployment[] = []
  readonly issues: Issue[] = []
  readonly comments: { id: number; user: { login: string }; body: string }[] = []
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

/** A Git repository in a temporary folder. */
export class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), 'tideway-ci-'))
  private commits = 0

  constructor() {
    // As `git init` does, without a process.
    for (const folder of ['objects', 'refs/heads'])
      mkdirSync(join(this.folder, '.git', folder), { recursive: true })
    this.write('.git/HEAD', 'ref: refs/heads/main\n')
  }

  git(...args: string[]): string {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'gc.auto=0']
    const { status, stdout, stderr } = spawnSync('git', [...who, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout.trim()
  }

  /** Commits a change of each file, and pushes it. Returns the commit. */
  push(...files: string[]): string {
    this.commits += 1
    for (const file of files) this.write(file, `${this.commits}`)
    this.git('add', '--all')
    this.git('commit', '--quiet', '--allow-empty', '--message', `${this.commits}`)
    return this.fetch()
  }

  /** What a checkout of main has. */
  fetch(): string {
    const commit = readFileSync(join(this.folder, '.git/refs/heads/main'), 'utf8')
    this.write('.git/refs/remotes/origin/main', commit)
    return commit.trim()
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
