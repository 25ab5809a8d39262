import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { apiReport } from '../pack/api-report'
import { writePackage } from '../pack/pack'
import * as userProject from './user-project'

const workspace = resolve(__dirname, '../../..')
const installed = join(workspace, 'node_modules')
const compiler = join(installed, 'typescript/bin/tsc')

/** A project outside the repository, with the package and what it needs installed. */
const project = mkdtempSync(join(tmpdir(), 'user-project-'))
const packed = join(project, 'node_modules/ecs-spot')
const read = (name: string) => readFileSync(join(packed, name), 'utf8')

const run = (args: readonly string[]) =>
  execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })

beforeAll(() => {
  writePackage(packed)
  for (const name of ['@types', '@aws-sdk', '@cdktf', 'cdktf', 'constructs']) {
    symlinkSync(join(installed, name), join(project, 'node_modules', name))
  }
})

afterAll(() => rmSync(project, { recursive: true }))

describe('the package', () => {
  it('contains what a project needs, and nothing of this repository or machine', () => {
    expect(readdirSync(packed).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'describe.d.ts',
      'describe.js',
      'ecs-spot.js',
      'failover.zip',
      'index.d.ts',
      'index.js',
      'package.json',
    ])
    for (const name of readdirSync(packed).filter((file) => file !== 'failover.zip')) {
      expect(read(name)).not.toMatch(/@tideway|sourceMappingURL|\]\(\.\./)
      for (const folder of [workspace, project, homedir()]) expect(read(name)).not.toContain(folder)
    }
  })

  it('has the licences of the code in the zip', () => {
    const text = read('THIRD-PARTY-LICENSES.txt')
    expect(text).toMatch(/^failover.zip contains .*@aws-sdk\/client-ecs/m)
    expect(text).toContain('Apache License')
    expect(text).toContain('The MIT License')
  })

  it('requires no package that it does not name', () => {
    const { peerDependencies, dependencies } = JSON.parse(read('package.json'))
    const named = Object.keys({ ...peerDependencies, ...dependencies })
    const sources = ['index.js', 'describe.js', 'ecs-spot.js', 'index.d.ts', 'describe.d.ts'].map(
      read,
    )
    const used = sources
      .flatMap((source) => [...source.matchAll(/(?:require\(|from )["']([^"']+)["']/g)])
      .map(([, path = '']) => path)
      .filter((path) => !path.startsWith('node:'))
      .map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    expect([...new Set(used)].sort()).toEqual(named.sort())
  })

  it('compiles in a strict project, and gives the JSON of the source', () => {
    const source = readFileSync(join(__dirname, 'user-project.ts'), 'utf8')
    writeFileSync(join(project, 'main.ts'), source.replace("'@tideway/ecs-spot'", "'ecs-spot'"))
    // The compiler skips the declarations of libraries, as cdktf has many. As sources, those of the package are checked.
    for (const name of ['index', 'describe']) {
      writeFileSync(join(project, `${name}.ts`), read(`${name}.d.ts`))
    }
    writeFileSync(join(project, 'package.json'), '{}')
    const options =
      '--strict --skipLibCheck --target es2022 --module node16 --types node --singleThreaded'.split(
        ' ',
      )
    run([compiler, 'main.ts', 'index.ts', 'describe.ts', ...options, '--outDir', 'compiled'])
    const compiled = jest.requireActual<typeof userProject>(join(project, 'compiled/main.js'))
    compiled.synthesize(join(project, 'packed'))
    userProject.synthesize(join(project, 'source'))
    const json = (folder: string) =>
      readFileSync(join(project, folder, 'stacks/shop/cdk.tf.json'), 'utf8')
    expect(json('packed')).toBe(json('source'))
    expect(json('packed')).toContain('"aws_lambda_function"')
  })

  it('has the command', () => {
    expect(run([join(packed, 'ecs-spot.js'), '--help'])).toMatch(
      /^ecs-spot describe --cluster NAME/,
    )
  })
})

describe('the public API', () => {
  it('is that of api.md (npm run docs): a change of it is a change for users, see CHANGELOG.md', () => {
    const types = { index: read('index.d.ts'), describe: read('describe.d.ts') }
    expect(apiReport(types)).toBe(readFileSync(join(__dirname, '../api.md'), 'utf8'))
  })
})
