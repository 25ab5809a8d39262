import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import { mention, platformTeam } from '@tideway/constructs/organization'
import { type StackName, stackNames, stacks } from '@tideway/constructs/stacks'
import { withGeneratedOwners } from '../src/code-owners'
import { documents, modules, regenerate } from '../src/docs'
import { failoverCosts, failoverCostTable, meterCostTable } from '../src/failover-costs'
import { serviceFields } from '../src/service-fields'
import { inferProjects } from '../src/targets.cjs'

const workspace = resolve(__dirname, '../../..')
const read = (file: string) => readFileSync(join(workspace, file), 'utf8')
const readJson = (file: string) => JSON.parse(read(file))

const projects = ['apps', 'packages', 'tools'].flatMap((folder) =>
  readdirSync(join(workspace, folder))
    .map((name) => `${folder}/${name}`)
    .filter((project) => existsSync(join(workspace, project, 'package.json'))),
)

/** All stacks upstream of one. */
function upstreamOf(name: StackName): Set<StackName> {
  const reads: readonly StackName[] = stacks[name].reads
  return new Set(reads.flatMap((producer) => [...upstreamOf(producer), producer]))
}

/** The projects as the Nx plugin infers them, by their folders. */
const inferred = new Map(
  inferProjects(
    projects.map((project) => `${project}/package.json`),
    workspace,
    { stacks, environments: Object.keys(environments) },
  ).flatMap(([, result]) => Object.entries(result.projects)),
)
const targetsOf = (project: string) => inferred.get(project)?.targets ?? {}

describe('every project', () => {
  it.each(projects)('%s is named after its folder, and has tags and checks', (project) => {
    const { name, nx } = readJson(`${project}/package.json`)
    const folder = project.split('/')[1]
    expect(name).toBe(`@tideway/${folder}`)
    expect(nx.name).toBe(folder)
    expect(nx.tags).toEqual([
      expect.stringMatching(/^scope:/),
      expect.stringMatching(/^type:(stack|constructs|lambda|tool)$/),
    ])
    expect(targetsOf(project)).toMatchObject({
      typecheck: { metadata: { description: expect.any(String) } },
      lint: { metadata: { description: expect.any(String) } },
      test: { metadata: { description: expect.any(String) } },
    })
  })

  it.each(projects)('%s has the owner of its stack, or of the platform', (project) => {
    const owners = read('CODEOWNERS')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/\s+/))
    const file = `/${project}/src/stack.ts`
    const rule = owners.findLast(([pattern = '']) => pattern === '*' || file.startsWith(pattern))
    const name = project.split('/')[1] as StackName
    const team = project.startsWith('apps/') ? stacks[name].owner : platformTeam
    expect(rule?.[1]).toBe(mention(team))
  })
})

describe('the order of the stacks', () => {
  it('lists every app', () => {
    expect(projects.filter((project) => project.startsWith('apps/')).sort()).toEqual(
      stackNames.map((name) => `apps/${name}`).sort(),
    )
  })

  it('gives the roles of each stack, and those of CI, names with different prefixes', () => {
    // A CI role may change the roles whose names start with the name of its stack and a hyphen.
    const prefixes = stackNames.map((name) => `${name}-`)
    for (const name of [...stackNames, 'ci']) {
      expect(prefixes.filter((prefix) => `${name}-`.startsWith(prefix))).toEqual(
        name === 'ci' ? [] : [`${name}-`],
      )
    }
  })

  it.each(stackNames)('deploys every stack upstream of %s before it', (name) => {
    // Not only the next stack: Nx loses the order across a stack that is not affected.
    expect(new Set(targetsOf(`apps/${name}`).deploy?.dependsOn)).toEqual(
      new Set([...upstreamOf(name)].map((upstream) => `${upstream}:deploy`)),
    )
  })

  it.each(stackNames)('destroys every stack downstream of %s before it', (name) => {
    const downstream = stackNames.filter((other) => upstreamOf(other).has(name))
    expect(new Set(targetsOf(`apps/${name}`).destroy?.dependsOn)).toEqual(
      new Set(downstream.map((other) => `${other}:destroy`)),
    )
  })
})

describe('the environments', () => {
  const expected = Object.fromEntries(
    Object.keys(environments).map((name) => [name, { env: { TIDEWAY_ENV: name } }]),
  )
  const stackTargets = ['synth', 'validate', 'plan', 'deploy', 'destroy']

  it.each(stackTargets)('are the configurations of %s', (target) => {
    for (const name of stackNames) {
      expect(targetsOf(`apps/${name}`)[target]?.configurations).toEqual(expected)
    }
  })

  it('are the configurations of the bootstrap, which is not deployed with the stacks', () => {
    const targets = targetsOf('tools/bootstrap')
    expect(targets.bootstrap?.configurations).toEqual(expected)
    expect(targets).not.toHaveProperty('deploy')
  })

  it('have a default for targets that change nothing, and none for the others', () => {
    const targets = targetsOf('apps/network')
    const hasDefault = (target: string) => targets[target]?.options.env !== undefined
    expect(stackTargets.filter(hasDefault)).toEqual(['synth', 'validate', 'plan'])
  })

  it('keep the output of Terraform out of the cache', () => {
    const targets = targetsOf('apps/network')
    const { outputs = [] } = targets.synth ?? {}
    expect(outputs.filter((output) => !output.startsWith('{projectRoot}/cdktf.out/'))).toEqual([])
    for (const target of ['plan', 'deploy', 'destroy']) {
      expect(targets[target]?.cache).toBeUndefined()
      expect(targets[target]?.outputs).toBeUndefined()
    }
  })
})

describe('the contracts', () => {
  it.each(stackNames)('of %s is a project that its publisher and its readers depend on', (name) => {
    const [project] = [...inferred].find(([, { name: it }]) => it === `contract-${name}`) ?? []
    expect(project).toBe(`packages/constructs/src/contracts/${name}`)
    expect(existsSync(join(workspace, project ?? '', 'outputs.ts'))).toBe(true)
    const dependants = stackNames.filter((stack) =>
      inferred.get(`apps/${stack}`)?.implicitDependencies?.includes(`contract-${name}`),
    )
    const readers = stackNames.filter((stack) =>
      (stacks[stack].reads as readonly string[]).includes(name),
    )
    expect(dependants.sort()).toEqual([name, ...readers].sort())
  })
})

describe('the lock file', () => {
  it.each(projects)('matches the package.json of %s', (project) => {
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

  it('names no registry, so that it works with every registry', () => {
    const { packages } = readJson('package-lock.json')
    const resolved = Object.values<{ resolved?: string }>(packages)
      .map((entry) => entry.resolved)
      .filter((address) => address?.includes('://'))
    expect(resolved).toEqual([])
  })
})

describe('the documents', () => {
  it.each(documents)('%s is up to date with the code (npm run docs)', (document) => {
    const text = read(document)
    expect(text).toContain('<!-- generated: ')
    expect(text).toBe(regenerate(text, undefined, document))
  })

  it.each(Object.keys(modules))('%s is up to date with the code too', (file) => {
    expect(read(file)).toBe(modules[file]?.())
  })

  it('reject a marker of an unknown section', () => {
    const text = '<!-- generated: nothing -->\n<!-- end of generated -->'
    expect(() => regenerate(text)).toThrow('there is no generated section "nothing"')
  })
})

describe('the costs of the failover', () => {
  it('are those that its README lists (npm run docs)', async () => {
    const text = read('packages/ecs-spot/README.md')
    const costs = await failoverCostTable()
    expect(text).toBe(regenerate(text, { 'costs of the failover': () => costs }))
  })

  it('of the meters are those that docs/costs.md lists (npm run docs)', async () => {
    const start = '<!-- generated: costs of the meters -->\n'
    expect(read('docs/costs.md')).toContain(`${start}${await meterCostTable()}\n<!-- end`)
  })

  it('grow by two alarms and the use of the table for each service, and by nothing that is fixed', async () => {
    const [few, many] = await failoverCosts([3, 6])
    const fixed = ['alarms of the controller', 'dashboard', 'KMS key and its calls', 'traces']
    expect(many).toMatchObject(Object.fromEntries(fixed.map((part) => [part, few?.[part]])))
    expect(few?.['two alarms for each service']).toBeCloseTo(3 * 0.2)
    expect(many?.['two alarms for each service']).toBeCloseTo(6 * 0.2)
    expect(few?.table).toBeGreaterThan(0)
    expect(many?.table).toBeGreaterThan(few?.table ?? Number.NaN)
    expect(many?.functions).toBeGreaterThanOrEqual(few?.functions ?? Number.NaN)
  })
})

describe('CODEOWNERS', () => {
  const before = '* @old/team\n# end of generated\n/own/ @someone\n'

  it('has a line for the file of each service that names its owner', () => {
    const lines = withGeneratedOwners(before, { a: {}, b: { owner: 'b-team' } }).split('\n')
    expect(lines).toContain(`/apps/compute/src/services/b.ts ${mention('b-team')}`)
    expect(lines.filter((line) => line.includes('/services/'))).toHaveLength(1)
  })

  it('has the team of the platform first, and keeps the lines of your own', () => {
    const text = withGeneratedOwners(before, {})
    expect(text.match(/^[^#].*$/m)?.[0]).toBe(`* ${mention(platformTeam)}`)
    expect(text).not.toContain('@old')
    expect(text.endsWith('\n# end of generated\n/own/ @someone\n')).toBe(true)
    expect(withGeneratedOwners(text, {})).toBe(text)
  })

  it('is not written where it does not say which lines are generated', () => {
    expect(() => withGeneratedOwners('* @org/platform-team\n', {})).toThrow(/CODEOWNERS: must have/)
  })
})

describe('the fields of a service', () => {
  it('each have a description, and a default if they are optional', () => {
    const incomplete = serviceFields().filter(
      ({ description, isOptional, default: value }) =>
        description === '' || isOptional !== (value !== undefined),
    )
    expect(incomplete.map(({ path }) => path)).toEqual([])
  })

  it('each have an example, which those below them share', () => {
    const without = serviceFields().filter(
      ({ path, example }) => /^\w+$/.test(path) && example === undefined,
    )
    expect(without.map(({ path }) => path)).toEqual([])
  })

  it('are found below arrays, records, unions, intersections and named types', () => {
    const fields = serviceFields([
      `interface Base {
         /**
          * First line,
          * and the second: é.
          *
          * @default 1
          * @example base: 1, other: { a: 'x | y' }
          */
         readonly base?: number
         // No doc comment.
         readonly silent: Missing
       }
       export interface RollingDefinition extends Base {
         /** Own. */
         readonly list: readonly (Item | string)[]
         /** Parts. */ readonly parts?: Readonly<Record<string, { readonly size: number }>>
       }
       type Item = Common & ({ /** Kind. */ kind: 'a' } | { kind: 'b'; readonly inner?: Item })
       interface Common { id: string }`,
      'interface ScheduledTaskDefinition extends Base { /** Runs. */ runs: string }',
    ])
    expect(fields.map(({ path, of }) => `${path} of ${of}`)).toEqual([
      'base of both',
      'silent of both',
      'list of service',
      'list[].id of service',
      'list[].kind of service',
      'list[].inner of service',
      'parts of service',
      'parts.<name>.size of service',
      'runs of scheduled task',
    ])
    expect(fields[0]).toMatchObject({
      isOptional: true,
      description: 'First line, and the second: é.',
      default: '1',
      example: "base: 1, other: { a: 'x | y' }",
    })
    expect(fields.map(({ description }) => description).slice(1, 5)).toEqual([
      '',
      'Own.',
      '',
      'Kind.',
    ])
  })
})
