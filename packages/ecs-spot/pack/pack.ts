import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { buildZip } from '@tideway/failover-lambda/build'
import { buildSync } from 'esbuild'
import { declarations, entryPoints } from './declarations'

const own = resolve(__dirname, '..')
const workspace = resolve(own, '../..')

/** What the user's project has, in one version for all packages. */
const peers = ['@cdktf/provider-aws', 'cdktf', 'constructs']

/** What is installed with the package. */
const installed = ['@aws-sdk/client-ecs']

interface Manifest {
  readonly version: string
  readonly license: string
  readonly description: string
  readonly dependencies: Readonly<Record<string, string>>
}

const readJson = <Json>(file: string): Json => JSON.parse(readFileSync(file, 'utf8'))

const command = 'ecs-spot.js'
const licences = 'THIRD-PARTY-LICENSES.txt'

/** Writes the package, as it is published, to a folder. */
export function writePackage(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  bundle(folder)
  for (const [name, text] of Object.entries(declarations())) write(`${name}.d.ts`, text)
  write('package.json', `${JSON.stringify(manifest(), null, 2)}\n`)
  const zip = buildZip()
  copyFileSync(zip, join(folder, 'failover.zip'))
  write(licences, licencesOf(join(dirname(zip), 'failover/index.mjs.map')))
  copyFileSync(join(workspace, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(own, 'CHANGELOG.md'), join(folder, 'CHANGELOG.md'))
  write('README.md', withoutOtherFiles(readFileSync(join(own, 'README.md'), 'utf8'), folder))
  // Whatever the umask is: the modes are in the tarball.
  for (const name of readdirSync(folder)) {
    chmodSync(join(folder, name), name === command ? 0o755 : 0o644)
  }
}

/** Packs that folder. npm gives all files the same time, so the same source gives the same bytes. */
export function pack(destination: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-spot-'))
  try {
    writePackage(folder)
    mkdirSync(destination, { recursive: true })
    const args = ['pack', folder, '--pack-destination', destination, '--json', '--ignore-scripts']
    const output = execFileSync('npm', args, { cwd: folder, encoding: 'utf8' })
    const [{ filename }]: [{ filename: string }] = JSON.parse(output)
    return join(destination, filename)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function bundle(outdir: string): void {
  buildSync({
    entryPoints: { ...entryPoints, 'ecs-spot': 'src/describe/main.ts' },
    absWorkingDir: own,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: [...peers, ...installed],
    alias: { '@tideway/failover-lambda/build': './pack/packed-zip.ts' },
    legalComments: 'none',
  })
  const path = join(outdir, command)
  writeFileSync(path, `#!/usr/bin/env node\n${readFileSync(path, 'utf8')}`)
}

function manifest() {
  const { version, license, description, dependencies } = readJson<Manifest>(
    join(own, 'package.json'),
  )
  const { engines } = readJson<{ engines: object }>(join(workspace, 'package.json'))
  const ranges = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => {
        const range = dependencies[name]
        if (range === undefined) throw new Error(`${own}/package.json: must depend on ${name}`)
        return [name, range.replace(/^(?=\d)/, '^')]
      }),
    )
  const entry = (name: string) => ({ types: `./${name}.d.ts`, default: `./${name}.js` })
  return {
    name: 'ecs-spot',
    version,
    description,
    license,
    engines,
    // Older resolutions of modules find the files by these and by their names, and newer ones by `exports`.
    main: './index.js',
    types: './index.d.ts',
    exports: {
      '.': entry('index'),
      './describe': entry('describe'),
      './package.json': './package.json',
    },
    bin: { 'ecs-spot': command },
    files: ['*.js', '*.d.ts', 'failover.zip', licences, 'CHANGELOG.md'],
    peerDependencies: ranges(peers),
    dependencies: ranges(installed),
  }
}

/** The licences of the packages in the zip, whose source map names their files. Equal texts appear once. */
function licencesOf(sourceMap: string): string {
  const { sources } = readJson<{ sources: readonly string[] }>(sourceMap)
  const names = sources.flatMap(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  )
  const packagesOf = new Map<string, string[]>()
  for (const name of [...new Set(names)].sort()) {
    const folder = join(workspace, 'node_modules', name)
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`${folder}: must have its licence`)
    const text = readFileSync(join(folder, file), 'utf8').trim()
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), name])
  }
  return [...packagesOf]
    .map(([text, packages]) => `failover.zip contains ${packages.join(', ')}:\n\n${text}\n`)
    .join('\n\n')
}

/** Links to files that the package does not have become text. */
function withoutOtherFiles(markdown: string, folder: string): string {
  return markdown.replace(/\[([^\]]+)\]\(([^)#]*)[^)]*\)/g, (link, text, target) =>
    target === '' || /^https?:/.test(target) || existsSync(join(folder, target)) ? link : text,
  )
}

if (require.main === module) process.stdout.write(`${pack(join(own, 'dist'))}\n`)
