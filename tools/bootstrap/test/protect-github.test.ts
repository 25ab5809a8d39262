import { protectGithub, type ShellResult } from '../src/protect-github'
import { parseRepository, type Repository, subjectProblems } from '../src/repository'

const repository = {
  id: 34,
  name: 'shop',
  full_name: 'acme/shop',
  private: true,
  owner: { login: 'acme', id: 12, type: 'Organization' },
  permissions: { admin: true, push: true, pull: true },
}
const withIds = {
  use_default: true,
  use_immutable_subject: true,
  sub_claim_prefix: 'repo:acme@12/shop@34',
}
const withoutIds = {
  use_default: true,
  use_immutable_subject: false,
  sub_claim_prefix: 'repo:acme/shop',
}

/** GitHub behind `gh api`: answers from its state, and changes it as the documented requests do. */
class FakeGithub {
  readonly commands: string[] = []
  readonly output: string[] = []
  repository: unknown = repository
  customization: unknown = withIds
  readonly environments = new Map<string, { body: Record<string, unknown>; branches: string[] }>()
  /** The answer to each request that matches. */
  readonly failures: [RegExp, Partial<ShellResult>][] = []

  shell = async (command: string): Promise<ShellResult> => {
    const failure = this.failures.find(([pattern]) => pattern.test(command))?.[1]
    if (failure !== undefined) return { code: 1, stdout: '', stderr: '', ...failure }
    const read = /^gh api '(.*)'$/.exec(command)?.[1]
    const answer = read === undefined ? this.change(command) : this.get(read)
    return answer === undefined
      ? { code: 1, stdout: '{"message":"Not Found"}', stderr: 'gh: Not Found (HTTP 404)\n' }
      : { code: 0, stdout: JSON.stringify(answer), stderr: '' }
  }

  protect(settings: object = {}): Promise<boolean> {
    return protectGithub(
      'prod',
      {
        repository: 'acme@12/shop@34',
        githubProvider: 'create',
        pullRequestPlans: 'approved',
        reviewers: ['@acme/platform-team'],
        ...settings,
      },
      this.shell,
      (line) => this.output.push(line),
    )
  }

  private get(path: string): unknown {
    if (path === 'repos/acme/shop') return this.repository
    if (path.endsWith('/customization/sub')) return this.customization
    const [, name = '', policies] = /environments\/([\w-]+)(\/dep.*)?$/.exec(path) ?? []
    const found = this.environments.get(name)
    if (found === undefined || policies === undefined) return found?.body
    return {
      total_count: found.branches.length,
      branch_policies: found.branches.map((branch, id) => ({ id, name: branch, type: 'branch' })),
    }
  }

  private change(command: string): unknown {
    this.commands.push(command)
    const name = /environments\/([\w-]+)/.exec(command)?.[1] ?? ''
    const branch = /name=([^']*)'/.exec(command)?.[1]
    if (branch !== undefined) this.environments.get(name)?.branches.push(branch)
    else {
      const team = {
        id: 7,
        slug: 'platform-team',
        html_url: 'https://github.com/orgs/acme/teams/x',
      }
      this.environments.set(name, {
        branches: this.environments.get(name)?.branches ?? [],
        body: {
          protection_rules: [
            {
              type: 'required_reviewers',
              prevent_self_review: command.includes('prevent_self_review=true'),
              reviewers: command.includes('=Team') ? [{ type: 'Team', reviewer: team }] : [],
            },
          ],
          deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
        },
      })
    }
    return {}
  }
}

describe('the protection of GitHub', () => {
  it('is made by gh, and changes nothing the second time', async () => {
    const github = new FakeGithub()
    expect(await github.protect()).toBe(true)
    expect([...github.environments].map(([name, { branches }]) => [name, branches])).toEqual([
      ['prod', ['main']],
      ['prod-plan', ['refs/pull/*/merge']],
    ])
    expect(github.output).toContain('The GitHub environment prod is now protected')
    const made = github.commands.length
    github.output.length = 0
    expect(await github.protect()).toBe(true)
    expect(github.commands).toHaveLength(made)
    expect(github.output).toEqual([
      'The GitHub environment prod is protected',
      'The GitHub environment prod-plan is protected',
    ])
  })

  it('is not claimed where GitHub cannot be read after the change', async () => {
    const github = new FakeGithub()
    const { shell } = github
    github.shell = (command) => {
      if (command.includes('POST')) github.failures.push([/^gh api '/, { stderr: 'gh: HTTP 502' }])
      return shell(command)
    }
    expect(await github.protect()).toBe(false)
    expect(github.output).toContain(
      'The GitHub environment prod was changed, and cannot be read: gh: HTTP 502',
    )
    expect(github.output.join()).not.toContain('is now protected')
  })

  it.each([
    ['gh is not installed', { code: 127, stderr: 'sh: gh: not found' }, 'gh is not installed'],
    ['nobody is logged in', { code: 4, stderr: 'To get started: gh auth login' }, 'gh auth login'],
    ['gh may not see it', { stderr: 'gh: Not Found (HTTP 404)' }, 'HTTP 404'],
    ['the answer is no JSON', { code: 0, stdout: '<html>' }, 'no JSON'],
    ['the answer is nothing', { code: 0, stdout: 'null' }, 'no JSON'],
    ['the answer is a text', { code: 0, stdout: '"Moved"' }, 'no JSON'],
  ])('is printed as commands where %s', async (_, failure, reason) => {
    const github = new FakeGithub()
    github.failures.push([/./, failure])
    expect(await github.protect()).toBe(true)
    expect(github.output[0]).toContain('GitHub was not checked: ')
    expect(github.output[0]).toContain(reason)
    expect(github.output.filter((line) => line.includes('--method PUT'))).toHaveLength(2)
  })

  it('is printed as commands for somebody without the right to change it', async () => {
    const github = new FakeGithub()
    github.repository = { ...repository, permissions: { admin: false, push: true } }
    expect(await github.protect()).toBe(true)
    expect(github.commands).toEqual([])
    expect(github.output.filter((line) => line.startsWith('  gh api'))).toHaveLength(4)
  })

  it('fails with the plan that GitHub requires', async () => {
    const github = new FakeGithub()
    github.failures.push([
      /PUT/,
      {
        stderr:
          'gh: Failed to create the environment protection rule. Please ensure the billing plan supports the required reviewers protection rule. (HTTP 422)',
      },
    ])
    expect(await github.protect()).toBe(false)
    expect(github.output.join('\n')).toContain('GitHub Enterprise only')
    expect(github.output.filter((line) => line.startsWith('  not run: '))).toHaveLength(2)
  })

  it('is not taken as made before GitHub returns it', async () => {
    const github = new FakeGithub()
    github.failures.push([/POST/, { code: 0 }])
    expect(await github.protect()).toBe(false)
    expect(github.output).toContain('prod: jobs of main may not use it, even after the change')
  })

  it('is not checked where GitHub answers with an error', async () => {
    const github = new FakeGithub()
    github.failures.push([/environments/, { stderr: 'gh: Server Error (HTTP 502)' }])
    await github.protect()
    expect(github.commands).toEqual([])
    expect(github.output[0]).toContain('prod was not checked: gh: Server Error (HTTP 502)')
  })

  it('reports subjects that no role trusts', async () => {
    const github = new FakeGithub()
    expect(await github.protect({ repository: 'acme@12/shop@35' })).toBe(false)
    expect(github.output[0]).toContain("Set repository to 'acme@12/shop@34'")
  })
})

describe('the subjects that GitHub sends', () => {
  it.each([
    ['acme@12/shop@34', repository, withIds, undefined],
    ['acme@12/shop@34', repository, withoutIds, undefined],
    ['acme@12/shop@34', repository, undefined, undefined],
    ['acme/shop', repository, withoutIds, undefined],
    ['acme/shop', repository, withIds, 'subjects with ids'],
    ['acme@12/shop@99', repository, withIds, 'ids of the repository are others'],
    ['acme@99/shop@34', repository, withoutIds, 'ids of the repository are others'],
    ['Acme@12/shop@34', repository, withIds, 'GitHub calls the repository acme/shop'],
    ['acme@12/store@34', repository, withIds, 'GitHub calls the repository acme/shop'],
    [
      'acme@12/shop@34',
      repository,
      { use_default: false, include_claim_keys: ['repo'] },
      'template',
    ],
  ])('are trusted or reported: %s', (spelling, found, customization, reported) => {
    const problems = subjectProblems(parseRepository(spelling) as Repository, found, customization)
    expect(problems).toEqual(reported === undefined ? [] : [expect.stringContaining(reported)])
  })
})
