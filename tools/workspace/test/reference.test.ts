import { commands, internalVariables, variables } from '../src/reference'
import { files, read } from './documents'

const listed = Object.values(commands).flatMap((rows) => Object.keys(rows))
const sources = files.filter(
  (file) =>
    /^(apps|packages|tools)\/[^/]+\/(src|bench|test)\/.*\.(cjs|ts)$|^jest\.properties\.cjs$/.test(
      file,
    ) && file !== 'tools/workspace/src/reference.ts',
)
/** The variables of this repository that code reads or sets. */
const found = new Set(
  sources.flatMap((file) => read(file).match(/\bTIDEWAY_[A-Z]+(?:_[A-Z]+)*\b/g) ?? []),
)

describe('the reference', () => {
  it('lists each script of package.json, and no other', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const named = listed.flatMap((command) => {
      const [, name] = /^npm (?:run )?([\w:-]+)/.exec(command) ?? []
      return name === undefined ? [] : [name]
    })
    expect([...new Set(named)].sort()).toEqual(Object.keys(scripts).sort())
  })

  it('lists each variable of this repository, but those that its commands set for each other', () => {
    const known = [...Object.keys(variables), ...internalVariables]
    expect([...found].filter((name) => !known.includes(name))).toEqual([])
    const stale = known.filter((name) => /^TIDEWAY_[A-Z_]+$/.test(name) && !found.has(name))
    expect(stale).toEqual([])
    expect(internalVariables.filter((name) => name in variables)).toEqual([])
  })
})
