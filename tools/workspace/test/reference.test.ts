import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { commands, internalVariables, variables } from '../src/reference'

const workspace = resolve(__dirname, '../../..')
const listed = Object.values(commands).flatMap((rows) => Object.keys(rows))

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path)
    return /\.(cjs|ts)$/.test(entry.name) ? [path] : []
  })
}

/** The variables of this repository that code reads or sets. */
function variablesInCode(): Set<string> {
  const folders = ['apps', 'packages', 'tools'].flatMap((kind) =>
    readdirSync(join(workspace, kind)).map((project) => join(workspace, kind, project)),
  )
  const files = folders
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && ['src', 'bench', 'test'].includes(entry.name))
        .flatMap((entry) => sourcesIn(join(folder, entry.name))),
    )
    .concat(join(workspace, 'jest.properties.cjs'))
  const own = join(workspace, 'tools/workspace/src/reference.ts')
  const names = files
    .filter((file) => file !== own)
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bTIDEWAY_[A-Z]+(?:_[A-Z]+)*\b/g)])
  return new Set(names.map(([name]) => name))
}

describe('the reference', () => {
  it('lists each script of package.json, and no other', () => {
    const { scripts } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
    const named = listed.flatMap((command) => {
      const [, name] = /^npm (?:run )?([\w:-]+)/.exec(command) ?? []
      return name === undefined ? [] : [name]
    })
    expect([...new Set(named)].sort()).toEqual(Object.keys(scripts).sort())
  })

  it('lists each variable of this repository, but those that its commands set for each other', () => {
    const known = [...Object.keys(variables), ...internalVariables]
    const found = variablesInCode()
    expect([...found].filter((name) => !known.includes(name))).toEqual([])
    const stale = known.filter((name) => /^TIDEWAY_[A-Z_]+$/.test(name) && !found.has(name))
    expect(stale).toEqual([])
    expect(internalVariables.filter((name) => name in variables)).toEqual([])
  })
})
