import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Specifier {
  readonly text: string
  readonly line: number
}

/** In an import, an export, a type, a call of require or of a mock: quoted, or a template without placeholders. */
export function specifiersIn(code: string): Specifier[] {
  const forms =
    /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire(?:\.resolve)?\s*\(\s*|\b(?:mock|unmock|doMock|requireActual|requireMock|importActual)\s*\(\s*|createRequire\([^)]*\)\s*\(\s*)(['"`])((?:(?!\1|\$\{).)+)\1/g
  return [...code.matchAll(forms)].map((match) => ({
    text: match[2] ?? '',
    line: lineAt(code, match.index),
  }))
}

/** Blanks out comments and keeps strings that contain `//`, such as addresses. */
export function withoutComments(source: string): string {
  return source.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (comment, text?: string) => text ?? comment.replace(/[^\n]/g, ' '),
  )
}

export function lineAt(code: string, index: number): number {
  return code.slice(0, index).split('\n').length
}

/**
 * Resolves a specifier to one of the source files: a relative path, or an entry in the `exports` of a package.
 *
 * @param files the source files, relative to the root of the repository
 */
export function resolveImport(
  root: string,
  files: ReadonlySet<string>,
  importer: string,
  specifier: string,
): string | undefined {
  if (specifier.startsWith('.')) return fileAt(files, join(dirname(importer), specifier))
  const [, name, subpath = ''] = /^@tideway\/([\w-]+)(\/.*)?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  for (const kind of ['packages', 'tools', 'apps']) {
    const project = `${kind}/${name}`
    const manifest = join(root, project, 'package.json')
    if (!existsSync(manifest)) continue
    const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8'))
    const entry = exports[`.${subpath}`]
    const file = typeof entry === 'object' ? entry.default : entry
    return fileAt(files, join(project, file ?? subpath))
  }
  return undefined
}

function fileAt(files: ReadonlySet<string>, path: string): string | undefined {
  return [path, `${path}.ts`, `${path}.cjs`, `${path}.js`, `${path}/index.ts`].find((candidate) =>
    files.has(candidate),
  )
}
