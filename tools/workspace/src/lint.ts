import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { circularImports } from './circular-imports'
import { lineAt, specifiersIn, withoutComments } from './imports'

const workspace = resolve(__dirname, '../../..')

/** A violation of a rule that Biome does not have. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** The packages of the workspace that each project may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  apps: ['packages/constructs'],
  // It adds the tags that the function reads.
  'apps/compute': ['packages/constructs', 'packages/ecs-spot', 'packages/failover-lambda'],
  'packages/constructs': [],
  // It deploys the function.
  'packages/ecs-spot': ['packages/constructs', 'packages/failover-lambda'],
  'packages/failover-lambda': ['packages/spot-simulator'],
  'packages/spot-simulator': [],
  tools: ['packages/', 'tools/'],
  // It runs what services name for the machine of a developer.
  'tools/local-cloud': ['packages/', 'tools/', 'apps/compute'],
  // It measures the services that are deployed.
  'tools/policy-bench': ['packages/', 'tools/', 'apps/compute'],
  // It writes and removes services, and shows what that changes in the stack.
  'tools/workspace': ['packages/', 'tools/', 'apps/compute'],
}

const localCloud = 'tools/local-cloud/src'

/** The folders of higher layers, which each folder must not import. */
const layers: Readonly<Record<string, readonly string[]>> = {
  [`${localCloud}/gateway`]: ['patches', 'monitoring', 'delivery', 'drought', 'console', 'cli'].map(
    (folder) => `${localCloud}/${folder}`,
  ),
  [`${localCloud}/patches`]: ['monitoring', 'delivery', 'drought', 'console', 'cli'].map(
    (folder) => `${localCloud}/${folder}`,
  ),
  [`${localCloud}/monitoring`]: ['delivery', 'drought', 'console', 'cli'].map(
    (folder) => `${localCloud}/${folder}`,
  ),
  [`${localCloud}/delivery`]: [`${localCloud}/console`, `${localCloud}/cli`],
  [`${localCloud}/drought`]: [`${localCloud}/console`, `${localCloud}/cli`],
}

/** Packages that the function must not contain. @cdktn and cdktn are the successors of cdktf. */
const notInLambda = /^(cdktf|constructs|cdktn|@cdktf|@cdktn)(\/|$)/

/** The root of the provider, in any spelling: it loads every resource of AWS. */
const providerRoot = /^@cdktf\/provider-aws(\/(lib(\/(index(\.js)?)?)?)?)?$/

export function lintSource(file: string, source: string): Finding[] {
  const code = withoutComments(source)
  return [
    ...importFindings(file, code),
    ...layerFindings(file, code),
    ...testFindings(file, code),
    ...suppressions(file, source),
  ]
}

function importFindings(file: string, code: string): Finding[] {
  const findings: Finding[] = []
  const owner = projectOf(file)
  for (const { text, line } of specifiersIn(code)) {
    const report = (message: string) =>
      findings.push({ file, line, message: `"${text}": ${message}` })
    if (providerRoot.test(text))
      report('costs 540 MB: import from @cdktf/provider-aws/lib/<resource>')
    if (owner === 'packages/failover-lambda' && notInLambda.test(text)) {
      report('the function must not contain the tools that deploy it')
    }
    const target = targetOf(file, text)
    if (target !== undefined && owner !== undefined && !isAllowed(owner, target)) {
      report(
        `${owner} may not import ${target}: use contracts between stacks, and the names of packages`,
      )
    }
  }
  // Tools may use computed imports, and so may the simulator, which loads functions.
  if (owner === undefined || /^tools\/|^packages\/spot-simulator$/.test(owner)) return findings
  // It loads the files beside it, whose imports are checked too.
  if (file === 'apps/compute/src/services/index.ts') return findings
  for (const match of code.matchAll(
    /\b(?:import|require)\s*\(\s*(?!['"`])|\bcreateRequire\s*\(|\bimport\s*\(\s*`[^`]*\$\{/g,
  )) {
    findings.push({
      file,
      line: lineAt(code, match.index),
      message: 'a computed import cannot be checked: name the module',
    })
  }
  return findings
}

function layerFindings(file: string, code: string): Finding[] {
  return specifiersIn(code).flatMap(({ text, line }) => {
    const upper = upperLayer(file, text)
    if (upper === undefined) return []
    const message = `"${text}": ${dirname(file)} is a lower layer than ${upper}: move the shared code into the lower one`
    return [{ file, line, message }]
  })
}

/** Finds tests that do not run or may fail. */
function testFindings(file: string, code: string): Finding[] {
  if (!/\.test\.[cm]?[jt]sx?$/.test(file)) return []
  const focus =
    /\.\s*(only|skip|todo|failing)\b(?=\s*[(.`;])|\[\s*['"`](only|skip|todo|failing)['"`]\s*\]|\b(fit|fdescribe|xit|xtest|xdescribe)\b(?=\s*[(.])/g
  return [...code.matchAll(focus)].map((match) => ({
    file,
    line: lineAt(code, match.index),
    message: `${match[0].trim()}: every test must run and pass`,
  }))
}

function suppressions(file: string, source: string): Finding[] {
  return [...source.matchAll(/biome-ignore-(all|start)/g)].map((match) => ({
    file,
    line: lineAt(source, match.index),
    message: 'disable rules for single lines only, with a reason',
  }))
}

/** The project of the workspace that a specifier refers to, if any. */
function targetOf(file: string, text: string): string | undefined {
  if (text.startsWith('.')) return projectOf(relative('/', join('/', dirname(file), text)))
  const name = /^@tideway\/([\w-]+)/.exec(text)?.[1]
  if (name === undefined) return undefined
  const shared = ['packages', 'tools'].map((kind) => `${kind}/${name}`)
  return shared.find((project) => existsSync(join(workspace, project))) ?? `apps/${name}`
}

/** The folder that a relative import refers to, if it is in a layer above that of the file. */
function upperLayer(file: string, text: string): string | undefined {
  const isIn = (path: string) => (folder: string) => path.startsWith(`${folder}/`)
  const layer = Object.keys(layers).find(isIn(file))
  if (layer === undefined || !text.startsWith('.')) return undefined
  return layers[layer]?.find(isIn(`${join(dirname(file), text)}/`))
}

function isAllowed(owner: string, target: string): boolean {
  if (owner === target) return true
  const kind = owner.split('/')[0] ?? ''
  const allowed = mayImport[owner] ?? mayImport[kind] ?? []
  return allowed.some(
    (start) => target === start || (start.endsWith('/') && target.startsWith(start)),
  )
}

function projectOf(file: string): string | undefined {
  return /^((?:apps|packages|tools)\/[\w-]+)(?:\/|$)/.exec(file)?.[1]
}

/** The tests of the lint contain code that breaks its rules. */
const samples = ['tools/workspace/test/lint.test.ts', 'tools/workspace/test/own-lint.test.ts']

if (require.main === module) {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: workspace,
    encoding: 'utf8',
  })
  const files = tracked
    .split('\n')
    .filter((file) => /\.([cm]?[jt]sx?|vue|svelte)$/.test(file) && !samples.includes(file))
    .filter((file) => existsSync(join(workspace, file)))
  const sources = new Map(files.map((file) => [file, readFileSync(join(workspace, file), 'utf8')]))
  const findings = [
    ...[...sources].flatMap(([file, source]) => lintSource(file, source)),
    ...circularImports(workspace, sources).map((cycle) => ({
      file: cycle[0],
      line: 1,
      message: `circular import: ${[...cycle, cycle[0]].join(' -> ')}. Move the shared code into a separate file.`,
    })),
  ]
  for (const { file, line, message } of findings)
    process.stdout.write(`${file}:${line}: ${message}\n`)
  process.stdout.write(
    `Checked ${files.length} files for imports and tests. Found ${findings.length} problems.\n`,
  )
  process.exitCode = findings.length === 0 ? 0 : 1
}
