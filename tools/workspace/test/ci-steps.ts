import * as childProcess from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

interface Answer {
  readonly status: number
  readonly stdout: string
}

/** Answers the commands that a step runs: `git`, `gh`, `npx` and `npm`. */
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
  const output = join(folder, 'step-output')
  writeFileSync(output, '')
  try {
    process.chdir(folder)
    process.env = {
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
          commands(command, args, String(options.input ?? '')),
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

interface Commit {
  readonly parents: readonly string[]
  readonly tree: ReadonlyMap<string, string>
}

/**
 * A clone of a Git repository, in this process: commits, main, what is checked out, and a temporary folder for files.
 * A test compares its answers with those of Git.
 */
export class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), 'tideway-ci-'))
  readonly commits = new Map<string, Commit>()
  /** The commit of main, at the origin. */
  main = ''
  /** The commit of the working directory. */
  head = ''

  /** Commits a change of each file, and pushes it. Returns the commit. */
  push(...files: string[]): string {
    const content = `${this.commits.size + 1}`
    return this.pushTree([
      ...this.treeOf(this.main),
      ...files.map((file) => [file, content] as const),
    ])
  }

  /** Pushes the files of an older commit again: a revert. */
  revertTo(commit: string): string {
    return this.pushTree([...this.treeOf(commit)])
  }

  /** Pushes a merge of another commit, with the newest content of each file. */
  merge(other: string): string {
    const isNewer = ([file, content]: [string, string]) =>
      Number(content) > Number(this.read(file) ?? 0)
    const changes = [...this.treeOf(other)].filter(isNewer)
    return this.pushTree([...this.treeOf(this.main), ...changes], other)
  }

  private pushTree(tree: readonly (readonly [string, string])[], merged?: string): string {
    const parents = [this.main, merged].flatMap((parent) => (parent ? [parent] : []))
    const sha = `${this.commits.size + 1}`.padStart(40, 'c')
    this.commits.set(sha, { parents, tree: new Map(tree) })
    return this.forcePush(sha)
  }

  /** Makes a commit the newest one of main, as after a force-push. Returns it. */
  forcePush(commit: string): string {
    this.main = commit
    this.head = commit
    return commit
  }

  /** The content of a file. */
  read(file: string, commit = this.main): string | undefined {
    return this.treeOf(commit).get(file)
  }

  /** The files that differ between two commits. */
  diff(base: string, head: string): string[] {
    const [before, after] = [this.treeOf(base), this.treeOf(head)]
    const files = new Set([...before.keys(), ...after.keys()])
    return [...files].filter((file) => before.get(file) !== after.get(file))
  }

  private treeOf(commit: string): ReadonlyMap<string, string> {
    return this.commits.get(commit)?.tree ?? new Map()
  }

  /** What Git answers. */
  answer([command, ...args]: readonly string[]): Answer {
    if (command === 'rev-parse' && args.join() === 'HEAD') return ok(`${this.head}\n`)
    const [flag, ...revisions] = args
    const [ancestor = '', commit = ''] = revisions.map((revision) =>
      revision === 'refs/remotes/origin/main' ? this.main : revision,
    )
    if (command !== 'merge-base' || flag !== '--is-ancestor') throw new Error(`git ${command}`)
    if (!this.commits.has(ancestor) || !this.commits.has(commit)) return { status: 128, stdout: '' }
    const seen = new Set([commit])
    for (const each of seen)
      for (const parent of this.commits.get(each)?.parents ?? []) seen.add(parent)
    return { status: seen.has(ancestor) ? 0 : 1, stdout: '' }
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
