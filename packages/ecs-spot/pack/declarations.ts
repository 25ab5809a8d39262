import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')
const own = 'packages/ecs-spot'

/** The modules that users import, by the name of the file. */
export const entryPoints = { index: 'src/index.ts', describe: 'src/describe/index.ts' } as const

/** The packages of the workspace whose code is part of the packed package. */
const included = ['constructs', 'failover-lambda']

/** A declaration at the top of a module, without the word `export`. */
interface Declaration {
  readonly name: string
  readonly text: string
  readonly module: Module
}

/** What a name of another module is called there. `*` are all names. */
interface Reference {
  readonly from: string
  readonly name: string
}

interface Module {
  readonly file: string
  readonly declarations: ReadonlyMap<string, Declaration>
  readonly imports: ReadonlyMap<string, Reference>
  /** Names that it exports: its own, and those of others. */
  readonly exports: ReadonlyMap<string, Reference | undefined>
  readonly exportsAllOf: readonly string[]
}

/** The types of each entry point, in one file without imports from the workspace. */
export function declarations(): Record<keyof typeof entryPoints, string> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-spot-types-'))
  try {
    compile(folder)
    const rolledUp = (entry: keyof typeof entryPoints) =>
      new RollUp(folder).of(join(folder, own, declarationFile(entryPoints[entry])))
    return { index: rolledUp('index'), describe: rolledUp('describe') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function declarationFile(source: string): string {
  return source.replace(/\.ts$/, '.d.ts')
}

function compile(outDir: string): void {
  const config = join(outDir, 'tsconfig.json')
  const paths = Object.fromEntries(
    Object.entries(includedModules()).map(([name, file]) => [name, [join(workspace, file)]]),
  )
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(workspace, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        outDir,
        rootDir: workspace,
        types: ['node'],
        typeRoots: [join(workspace, 'node_modules/@types')],
        paths,
      },
      files: Object.values(entryPoints).map((file) => join(workspace, own, file)),
    }),
  )
  const compiler = join(workspace, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [compiler, '-p', config, '--singleThreaded'], {
      stdio: 'pipe',
      encoding: 'utf8',
    })
  } catch (error) {
    throw new Error(`the types of ${own} do not compile:\n${(error as { stdout: string }).stdout}`)
  }
}

/** The source of each module that other packages of the workspace export, by its name. */
function includedModules(): Record<string, string> {
  return Object.fromEntries(
    included.flatMap((project) => {
      const manifest = join(workspace, 'packages', project, 'package.json')
      const { name, exports }: { name: string; exports: Record<string, unknown> } = JSON.parse(
        readFileSync(manifest, 'utf8'),
      )
      return Object.entries(exports).flatMap(([path, file]) =>
        typeof file === 'string' && file.endsWith('.ts')
          ? [[`${name}${path.slice(1)}`, join('packages', project, file)]]
          : [],
      )
    }),
  )
}

/** Collects the declarations that an entry point exports, with those that they refer to. */
class RollUp {
  private readonly modules = new Map<string, Module>()
  private readonly found = new Map<string, Declaration>()
  private readonly externals = new Map<string, string>()
  private readonly included = includedModules()

  constructor(private readonly folder: string) {}

  of(entry: string): string {
    const exported = new Set<string>()
    for (const name of this.namesOf(entry)) {
      const declaration = this.declarationOf(entry, name)
      if (declaration.name !== name) throw new Error(`${entry}: must not rename ${name}`)
      exported.add(name)
      this.add(declaration)
    }
    const imports = [...this.externals]
      .map(([name, from]) => `import type { ${name} } from '${from}';`)
      .sort()
    const texts = [...this.found.values()]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, text }) =>
        exported.has(name) ? text.replace(/^(?=declare |interface |type )/m, 'export ') : text,
      )
    // Without the last line, all declarations of the file were exported.
    return `${[imports.join('\n'), ...texts, 'export {};'].filter(Boolean).join('\n\n')}\n`
  }

  private add(declaration: Declaration): void {
    const { name, text, module } = declaration
    const known = this.found.get(name)
    if (known === declaration) return
    if (known !== undefined || this.externals.has(name)) {
      throw new Error(`${module.file}: ${name} is the name of another type too. Rename one.`)
    }
    this.found.set(name, declaration)
    for (const used of namesIn(text)) {
      const local = module.declarations.get(used)
      if (local !== undefined) this.add(local)
      const imported = module.imports.get(used)
      if (imported !== undefined) this.addImported(module, used, imported)
    }
  }

  private addImported(module: Module, name: string, { from, name: original }: Reference): void {
    if (original !== name) throw new Error(`${module.file}: must not rename ${original}`)
    const file = this.fileOf(module.file, from)
    if (file !== undefined) this.add(this.declarationOf(file, name))
    else if ((this.externals.get(name) ?? from) !== from) {
      throw new Error(`${module.file}: ${name} is the name of another type too. Rename one.`)
    } else this.externals.set(name, from)
  }

  private namesOf(file: string): Set<string> {
    const { exports, exportsAllOf } = this.moduleAt(file)
    const others = exportsAllOf.flatMap((from) => [...this.namesOf(this.inside(file, from))])
    return new Set([...exports.keys(), ...others])
  }

  private declarationOf(file: string, name: string): Declaration {
    const module = this.moduleAt(file)
    const reference = module.exports.get(name)
    if (reference !== undefined) {
      return this.declarationOf(this.inside(file, reference.from), reference.name)
    }
    const declaration = module.declarations.get(name)
    if (declaration !== undefined) return declaration
    const from = module.exportsAllOf.find((each) => this.namesOf(this.inside(file, each)).has(name))
    if (from === undefined) throw new Error(`${file}: does not declare ${name}`)
    return this.declarationOf(this.inside(file, from), name)
  }

  private moduleAt(file: string): Module {
    const module = this.modules.get(file) ?? moduleIn(file, readFileSync(file, 'utf8'))
    this.modules.set(file, module)
    return module
  }

  private inside(file: string, from: string): string {
    const found = this.fileOf(file, from)
    if (found === undefined) throw new Error(`${file}: must not export what "${from}" has`)
    return found
  }

  /** The declarations of a module of the workspace. */
  private fileOf(file: string, from: string): string | undefined {
    if (!from.startsWith('.')) {
      const source = this.included[from]
      return source === undefined ? undefined : join(this.folder, declarationFile(source))
    }
    const path = join(dirname(file), from)
    return existsSync(`${path}.d.ts`) ? `${path}.d.ts` : join(path, 'index.d.ts')
  }
}

/** Reads what the compiler has written: each statement begins at the beginning of a line. */
function moduleIn(file: string, source: string): Module {
  const declarations = new Map<string, Declaration>()
  const imports = new Map<string, Reference>()
  const exports = new Map<string, Reference | undefined>()
  const exportsAllOf: string[] = []
  const module: Module = { file, declarations, imports, exports, exportsAllOf }
  for (const text of statementsIn(source)) {
    const list = /^(import|export)(?: type)? \{(.*)\}(?: from '(.+)')?;$/.exec(text)
    const all = /^export (?:type )?\* from '(.+)';$/.exec(text)?.[1]
    const name =
      /^(?:export )?(?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/m.exec(
        text,
      )?.[1]
    if (list !== null) {
      const [, kind, names = '', from] = list
      for (const [, original = '', alias = original] of names.matchAll(
        /(?:type )?(\w+)(?: as (\w+))?/g,
      )) {
        const reference = from === undefined ? undefined : { from, name: original }
        if (kind === 'export') exports.set(alias, reference)
        else if (reference !== undefined) imports.set(alias, reference)
      }
    } else if (all !== undefined) {
      exportsAllOf.push(all)
    } else if (name !== undefined) {
      const isExported = /^export /m.test(text)
      declarations.set(name, { name, text: text.replace(/^export /m, ''), module })
      if (isExported) exports.set(name, undefined)
    } else {
      throw new Error(`${file}: cannot read the declaration: ${text}`)
    }
  }
  return module
}

/** The statements of a module, each with the comment above it. */
function statementsIn(source: string): string[] {
  const statements: string[] = []
  let comment = ''
  for (const part of source.split(/^(?=\/\*\*|(?:import|export|declare|interface|type)\b)/m)) {
    if (part.startsWith('/**')) comment = part
    else if (part.trim() !== '') {
      statements.push(`${comment}${part}`.trim())
      comment = ''
    }
  }
  return statements
}

/** The names that a declaration uses: no properties, texts and comments. */
function namesIn(text: string): Set<string> {
  const code = text.replace(/\/\*[\s\S]*?\*\/|'[^'\n]*'/g, '')
  return new Set(code.match(/(?<![\w.])[A-Za-z_]\w*(?!\w|\??:)/g))
}
