import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { circularImports } from './circular-imports'
import { lineAt, specifiersIn, withoutComments } from './imports'

const workspace = resolve(__dirname, '../../..')

/** What Biome's rules cannot see: where a path leads, and imports that are put together. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** Packages of the workspace that each kind of project may import, beside itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  apps: ['packages/constructs'],
  // It deploys the function, and gives services the tags that the function reads. Its tests match events with the
  // simulator's event patterns.
  'apps/compute': ['packages/constructs', 'packages/failover-lambda', 'packages/spot-simulator'],
  'packages/constructs': [],
  'packages/failover-lambda': ['packages/spot-simulator'],
  'packages/spot-simulator': [],
  tools: ['packages/', 'tools/'],
}

const localCloud = 'tools/local-cloud/src'

/** Folders that import nothing of the folders above them. */
const layers: Readonly<Record<string, readonly string[]>> = {
  [`${localCloud}/gateway`]: ['patches', 'delivery', 'drought', 'console', 'cli'].map(
    (folder) => `${localCloud}/${folder}`,
  ),
  [`${localCloud}/patches`]: ['delivery', 'drought', 'console', 'cli'].map(
    (folder) => `${localCloud}/${folder}`,
  ),
  [`${localCloud}/delivery`]: [`${localCloud}/console`, `${localCloud}/cli`],
  [`${localCloud}/drought`]: [`${localCloud}/console`, `${localCloud}/cli`],
}

/** What deploys the Lambda is not to be carried along by it. The last two are the successors of cdktf. */
const notInLambda = /^(cdktf|constructs|cdktn|@cdktf|@cdktn)(\/|$)/

/** The root, however it is spelt: it loads every resource of AWS. */
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
    const tell = (message: string) =>
      findings.push({ file, line, message: `"${text}": ${message}` })
    if (providerRoot.test(text))
      tell('costs 540 MB: import from @cdktf/provider-aws/lib/<resource>')
    if (owner === 'packages/failover-lambda' && notInLambda.test(text)) {
      tell('what runs in Lambda does not carry the tools that deployed it')
    }
    const target = targetOf(file, text)
    if (target !== undefined && owner !== undefined && !isAllowed(owner, target)) {
      tell(
        `${owner} may not import ${target}: stacks talk through contracts, and packages by their names`,
      )
    }
  }
  // What is not deployed may load modules by computed names, as the simulator loads functions.
  if (owner === undefined || /^tools\/|^packages\/spot-simulator$/.test(owner)) return findings
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
    const message = `"${text}": ${dirname(file)} is a lower layer than ${upper}: move what both need into the lower one`
    return [{ file, line, message }]
  })
}

/** A test that does not run proves nothing, however it is kept from running. */
function testFindings(file: string, code: string): Finding[] {
  if (!/\.test\.[cm]?[jt]sx?$/.test(file)) return []
  const focus =
    /\.\s*(only|skip|todo|failing)\b(?=\s*[(.`;])|\[\s*['"`](only|skip|todo|failing)['"`]\s*\]|\b(fit|fdescribe|xit|xtest|xdescribe)\b(?=\s*[(.])/g
  return [...code.matchAll(focus)].map((match) => ({
    file,
    line: lineAt(code, match.index),
    message: `${match[0].trim()}: every test runs, and is expected to pass`,
  }))
}

function suppressions(file: string, source: string): Finding[] {
  return [...source.matchAll(/biome-ignore-(all|start)/g)].map((match) => ({
    file,
    line: lineAt(source, match.index),
    message: 'rules are switched off one line at a time, with the reason beside it',
  }))
}

/** The project of the workspace that a specifier leads to, if it leads to one. */
function targetOf(file: string, text: string): string | undefined {
  if (text.startsWith('.')) return projectOf(relative('/', join('/', dirname(file), text)))
  const name = /^@tideway\/([\w-]+)/.exec(text)?.[1]
  if (name === undefined) return undefined
  const shared = ['packages', 'tools'].map((kind) => `${kind}/${name}`)
  return shared.find((project) => existsSync(join(workspace, project))) ?? `apps/${name}`
}

/** The folder that a relative import leads to, if it is in a layer above that of the file. */
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

/** The subject of these is what may not be written. */
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
    ...circularImports(workspace, sources).map((circle) => ({
      file: circle[0],
      line: 1,
      message: `circular import: ${[...circle, circle[0]].join(' -> ')}. Move what both need into a file of its own.`,
    })),
  ]
  for (const { file, line, message } of findings)
    process.stdout.write(`${file}:${line}: ${message}\n`)
  process.stdout.write(`looked at ${files.length} files, found ${findings.length} faults\n`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
