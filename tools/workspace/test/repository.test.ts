import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { environments, type StackName, stackNames, stacks } from '@tideway/constructs'
import { documents, regenerate } from '../src/docs'

const workspace = resolve(__dirname, '../../..')
const read = (file: string) => readFileSync(join(workspace, file), 'utf8')
const readJson = (file: string) => JSON.parse(read(file))

const projects = ['apps', 'packages', 'tools'].flatMap((folder) =>
  readdirSync(join(workspace, folder))
    .map((name) => `${folder}/${name}`)
    .filter((project) => existsSync(join(workspace, project, 'package.json'))),
)

/** The stacks that must be deployed before one: those that it reads, and those before them. */
function upstreamOf(name: StackName): Set<StackName> {
  const reads: readonly StackName[] = stacks[name].reads
  return new Set(reads.flatMap((producer) => [...upstreamOf(producer), producer]))
}

describe('every project', () => {
  it.each(projects)('%s is named for its folder, tagged, and checked', (project) => {
    const { name, nx } = readJson(`${project}/package.json`)
    const folder = project.split('/')[1]
    expect(name).toBe(`@tideway/${folder}`)
    expect(nx.name).toBe(folder)
    expect(nx.tags).toEqual([
      expect.stringMatching(/^scope:/),
      expect.stringMatching(/^type:(stack|constructs|lambda|tool)$/),
    ])
    expect(Object.keys(nx.targets)).toEqual(expect.arrayContaining(['typecheck', 'lint', 'test']))
  })

  it.each(projects)('%s has an owner, and a stack the team that its tag names', (project) => {
    const owners = read('CODEOWNERS')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/\s+/))
    const file = `/${project}/src/stack.ts`
    const rule = owners.findLast(([pattern = '']) => pattern === '*' || file.startsWith(pattern))
    const name = project.split('/')[1] as StackName
    const team = project.startsWith('apps/') ? stacks[name].owner : 'platform-team'
    expect(rule?.[1]).toBe(`@example-org/${team}`)
  })
})

describe('the order of the stacks', () => {
  it('has an app for each, and each app', () => {
    expect(projects.filter((project) => project.startsWith('apps/')).sort()).toEqual(
      stackNames.map((name) => `apps/${name}`).sort(),
    )
  })

  it('tells the roles of one stack from those of another, and from those of CI, by their names', () => {
    // A CI role may change the roles whose names begin with its stack's and a hyphen.
    const beginnings = stackNames.map((name) => `${name}-`)
    for (const name of [...stackNames, 'ci']) {
      expect(beginnings.filter((beginning) => `${name}-`.startsWith(beginning))).toEqual(
        name === 'ci' ? [] : [`${name}-`],
      )
    }
  })

  it.each(stackNames)('deploys all that %s builds on before it', (name) => {
    // All, not only the next: Nx loses the order over a stack in the middle that does not change.
    const { deploy } = readJson(`apps/${name}/package.json`).nx.targets
    expect(new Set(deploy.dependsOn ?? [])).toEqual(
      new Set([...upstreamOf(name)].map((upstream) => `${upstream}:deploy`)),
    )
  })

  it.each(stackNames)('destroys all that builds on %s before it', (name) => {
    const { destroy } = readJson(`apps/${name}/package.json`).nx.targets
    const downstream = stackNames.filter((other) => upstreamOf(other).has(name))
    expect(new Set(destroy.dependsOn ?? [])).toEqual(
      new Set(downstream.map((other) => `${other}:destroy`)),
    )
  })
})

describe('the environments', () => {
  const { targetDefaults } = readJson('nx.json')
  const { targets } = readJson('tools/bootstrap/package.json').nx
  const expected = Object.fromEntries(
    Object.keys(environments).map((name) => [name, { env: { TIDEWAY_ENV: name } }]),
  )

  it.each(['synth', 'validate', 'plan', 'deploy', 'destroy'])(
    'are the configurations of %s',
    (target) => {
      expect(targetDefaults[target].configurations).toEqual(expected)
    },
  )

  it('are the configurations of the bootstrap', () => {
    expect(targets.bootstrap.configurations).toEqual(expected)
  })

  it('have a default for what changes nothing, and none for what does', () => {
    const hasDefault = (target: string) =>
      targetDefaults[target].options.env?.TIDEWAY_DEFAULT_ENV !== undefined
    expect(['synth', 'validate', 'plan', 'deploy', 'destroy'].filter(hasDefault)).toEqual([
      'synth',
      'validate',
      'plan',
    ])
  })

  it('leave what Terraform writes out of the cache', () => {
    const { outputs } = targetDefaults.synth
    expect(outputs.every((output: string) => output.startsWith('{projectRoot}/cdktf.out/'))).toBe(
      true,
    )
    for (const target of ['plan', 'deploy', 'destroy']) {
      expect(targetDefaults[target].cache).toBeUndefined()
      expect(targetDefaults[target].outputs).toBeUndefined()
    }
  })
})

describe('the lock file', () => {
  it.each(projects)('knows %s as its package.json is', (project) => {
    const {
      name,
      version,
      dependencies = {},
      devDependencies = {},
    } = readJson(`${project}/package.json`)
    const { packages } = readJson('package-lock.json')
    const locked = packages[project] ?? {}
    expect([locked.name, locked.version]).toEqual([name, version])
    expect([locked.dependencies ?? {}, locked.devDependencies ?? {}]).toEqual([
      dependencies,
      devDependencies,
    ])
  })

  it('names no registry, so that it serves wherever packages come from', () => {
    const { packages } = readJson('package-lock.json')
    const resolved = Object.values<{ resolved?: string }>(packages)
      .map((entry) => entry.resolved)
      .filter((address) => address?.includes('://'))
    expect(resolved).toEqual([])
  })
})

describe('the documents', () => {
  it.each(documents)('%s says what the code says (npm run docs)', (document) => {
    const text = read(document)
    expect(text).toContain('<!-- generated: ')
    expect(text).toBe(regenerate(text))
  })

  it('refuse a mark that nothing is generated for', () => {
    const text = '<!-- generated: nothing -->\n<!-- end of generated -->'
    expect(() => regenerate(text)).toThrow('no generated section is called "nothing"')
  })
})
