import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import { parse } from 'yaml'

const workspace = resolve(__dirname, '../../..')
const folder = join(workspace, '.github/workflows')

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

interface Job {
  readonly uses?: string
  readonly needs?: string
  readonly if?: string
  readonly environment?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly steps?: readonly Step[]
  readonly with?: Readonly<Record<string, string>>
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

describe('the workflows', () => {
  it('are for pull requests, for main with its deploy, and two on a schedule that report in an issue', () => {
    expect(files.sort()).toEqual([
      'deploy.yml',
      'drift.yml',
      'issue.yml',
      'main.yml',
      'nightly.yml',
      'pull-request.yml',
    ])
    expect(Object.keys(workflow('pull-request.yml').on)).toEqual(['pull_request'])
    expect(workflow('main.yml').on).toEqual({ push: { branches: ['main'] } })
    for (const scheduled of ['drift.yml', 'nightly.yml'])
      expect(Object.keys(workflow(scheduled).on)).toContain('schedule')
  })

  it('give each job minimal permissions, and contain no AWS keys', () => {
    for (const [, { permissions }] of workflows) expect(permissions).toEqual({})
    const may = Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))
    expect(may).toEqual({
      'deploy.yml plan': { actions: 'read', contents: 'read', 'id-token': 'write' },
      'deploy.yml deploy': { contents: 'read', 'id-token': 'write' },
      'drift.yml check': { contents: 'read', 'id-token': 'write' },
      'drift.yml report': { issues: 'write' },
      'issue.yml report': { issues: 'write' },
      'nightly.yml properties': { contents: 'read' },
      'nightly.yml compat': { contents: 'read' },
      'nightly.yml report': { issues: 'write' },
      'nightly.yml report-compat': { issues: 'write' },
      'pull-request.yml nightly': { actions: 'read' },
      'main.yml dev': { actions: 'read', contents: 'read', 'id-token': 'write' },
      'main.yml prod': { actions: 'read', contents: 'read', 'id-token': 'write' },
      'pull-request.yml test': { contents: 'read' },
      'pull-request.yml review': { contents: 'read', 'id-token': 'write' },
      'pull-request.yml comment': { 'pull-requests': 'write' },
    })
    for (const [, text] of texts) expect(text).not.toMatch(/secrets\.|AWS_ACCESS_KEY|AWS_SECRET/)
  })

  it('pin third-party actions to a commit, with the version', () => {
    const used = [...texts.values()].flatMap((text) => [...text.matchAll(/uses: (\S+)(.*)$/gm)])
    expect(used.length).toBeGreaterThan(10)
    for (const [, name = '', note = ''] of used) {
      if (name.startsWith('./')) continue
      expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
      expect(note).toMatch(/^ # v\d+\.\d+\.\d+$/)
    }
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
      [...run.matchAll(/npm run (?:--silent )?(\w+)/g)].map(([, script]) => script),
    )
    expect([...new Set(used)].sort()).toEqual(['compat', 'deploy', 'nightly', 'review'])
    for (const script of used) expect(scripts).toHaveProperty(script ?? '')
  })
})

describe('a pull request', () => {
  const { jobs: all } = workflow('pull-request.yml')

  it('is tested by .ci/run', () => {
    expect(all.test?.steps?.at(-1)?.run).toBe('bash .ci/run')
  })

  it('is planned with read-only roles, and not from a fork', () => {
    expect(all.review?.env?.TIDEWAY_CI_ROLE).toBe('plan')
    expect(all.review?.if).toContain('head.repo.full_name == github.repository')
  })

  it('uploads the review but no plan, and is commented on by a job that runs no code of the branch', () => {
    const upload = all.review?.steps?.find(({ uses }) => uses?.includes('upload-artifact'))
    expect(upload?.with?.path).toBe('${{ runner.temp }}/review')
    expect(all.comment?.steps?.some(({ uses }) => uses?.includes('checkout'))).toBe(false)
    expect(all.comment?.steps?.at(-1)?.run).toContain('PATCH')
  })
})

describe('main', () => {
  const { plan, deploy } = workflow('deploy.yml').jobs

  it('deploys to the environments on AWS, production last', () => {
    const { jobs: all } = workflow('main.yml')
    const onAws = Object.entries(environments).filter(([, { endpoints }]) => endpoints === 'aws')
    expect(Object.values(all).map((job) => job.with?.environment)).toEqual(
      onAws.map(([name]) => name),
    )
    expect(all.prod?.needs).toBe('dev')
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
    expect(deploy?.steps?.at(-1)?.run).toContain('--plans "$RUNNER_TEMP/plans"')
  })
})

describe('the nightly run', () => {
  it('uses another seed each night', () => {
    const { properties } = workflow('nightly.yml').jobs
    expect(properties?.env?.TIDEWAY_SEED).toBe('${{ github.run_number }}')
    expect(properties?.steps?.at(-1)?.run).toBe('npm run nightly')
  })
})

describe('a scheduled run on main', () => {
  const script = workflow('issue.yml').jobs.report?.steps?.at(-1)?.run ?? ''
  const report = (result: string, open: string) =>
    withFakeGh(script, `[ "$1" = api ] && echo "${open}"`, {
      GH_REPO: 'a/b',
      RUN: 'https://run',
      TITLE: 'It fails',
      ADVICE: 'Repeat it.',
      RESULT: result,
    })

  it.each(['drift.yml', 'nightly.yml'])('reports every result of %s', (file) => {
    const { report: job } = workflow(file).jobs
    expect(job?.if).toBe("always() && github.ref == 'refs/heads/main'")
    expect(job?.with?.result).toBe(`\${{ needs.${job?.needs}.result }}`)
  })

  it.each(['failure', 'cancelled'])('opens an issue after a %s', (result) => {
    const { calls, status } = report(result, '')
    expect(status).toBe(0)
    expect(calls.slice(1)).toEqual([
      'issue create --title It fails --body Failed: https://run\n\nRepeat it.',
    ])
  })

  it('comments on the issue that is open', () => {
    expect(report('failure', '7').calls.slice(1)).toEqual([
      'issue comment 7 --body Failed again: https://run\n\nRepeat it.',
    ])
  })

  it('closes the issue when it passes, and does nothing without one', () => {
    expect(report('success', '7').calls.slice(1)).toEqual([
      'issue close 7 --comment Passed: https://run',
    ])
    expect(report('success', '').calls).toHaveLength(1)
    expect(report('skipped', '7').calls).toHaveLength(1)
  })
})

describe('a nightly run that stopped', () => {
  const script = workflow('pull-request.yml').jobs.nightly?.steps?.at(-1)?.run ?? ''
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const check = (state: string, passedDaysAgo?: number, createdDaysAgo = 300) =>
    withFakeGh(
      script,
      `case "$1" in
        api) echo "${state} ${daysAgo(createdDaysAgo)}" ;;
        run) echo "${passedDaysAgo === undefined ? '' : daysAgo(passedDaysAgo)}" ;;
      esac`,
      { GH_REPO: 'a/b' },
    )

  it('is accepted if the last success is less than three days old, or the workflow is new', () => {
    expect(check('active', 2.9).status).toBe(0)
    expect(check('active', undefined, 1).status).toBe(0)
  })

  it.each([
    ['failed for three days', check('active', 3.1)],
    ['never passed', check('active')],
    ['was disabled', check('disabled_inactivity', 1)],
  ])('fails the checks of a pull request when it %s', (_, { status, output }) => {
    expect(status).toBe(1)
    expect(output).toContain('::error::The nightly property tests must pass every three days')
    expect(output).toContain('gh workflow enable nightly.yml')
  })
})

/** Runs the script of a step with a `gh` that logs its calls. */
function withFakeGh(script: string, answers: string, env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-gh-'))
  try {
    const log = join(folder, 'calls')
    writeFileSync(log, '')
    writeFileSync(
      join(folder, 'gh'),
      `#!/usr/bin/env bash\nprintf '%s\\0' "$*" >> '${log}'\n${answers}\nexit 0\n`,
      { mode: 0o755 },
    )
    const { status, stdout } = spawnSync('bash', ['-e', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, ...env, PATH: `${folder}${delimiter}${process.env.PATH}` },
    })
    return { status, output: stdout, calls: readFileSync(log, 'utf8').split('\0').slice(0, -1) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
