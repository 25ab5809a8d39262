import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { deterministic, timing, under } from '@tideway/spot-simulator/figures'
import {
  benches,
  benchNames,
  codeOf,
  differences,
  type Evidence,
  evidenceTable,
  evidenceText,
  inputsOf,
  outdated,
  readEvidence,
  rowsOf,
  shortEvidenceTable,
  writeEvidence,
} from '../src/evidence'
import { Code } from '../src/evidence-inputs'

const workspace = resolve(__dirname, '../../..')

describe('the stored figures', () => {
  const stored = readEvidence()
  const code = new Code(workspace)
  const old = outdated(stored, (name) => inputsOf(name, code))

  it('are of this code and data, where they are deterministic and take seconds', () => {
    for (const { fails, text } of old) if (!fails) process.stdout.write(`note: ${text}\n`)
    expect(old.filter(({ fails }) => fails).map(({ text }) => text)).toEqual([])
  })

  it('have a value, and say truly whether their goal is met', () => {
    const rows = rowsOf(stored)
    expect(rows.length).toBeGreaterThan(20)
    for (const { bench, figure } of rows) {
      expect([bench, figure.name, figure.value]).not.toContain(null)
      expect([figure.name, figure.met === undefined]).toEqual([
        figure.name,
        figure.goal === undefined,
      ])
    }
  })

  it('are of code that exists, and link to documents', () => {
    for (const name of benchNames) {
      const bench = benches[name]
      expect(code.importedBy(codeOf(name)).length).toBeGreaterThan(1)
      expect(readFileSync(join(workspace, bench.anchor.split('#')[0] ?? ''), 'utf8')).not.toBe('')
    }
  })
})

describe('the hash of the code behind figures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-evidence-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (file: string, text: string) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const hash = () => new Code(folder).hash(['tools/a/main.ts'], ['tools/a/data'])
  const setUp = () => {
    const main = `import { b } from '@tideway/${'b'}'\nimport './c'\nexport const a = b\n`
    write('tools/a/main.ts', main)
    write('tools/a/c.ts', "import { name } from '../../packages/constructs/src/organization'\n")
    write('tools/a/other.ts', 'export const other = 1\n')
    write('tools/a/data/plan.json', '{}')
    write('packages/b/package.json', '{"exports":{".":"./src/index.ts"}}')
    write('packages/b/src/index.ts', "export const b = 'of // one'\n")
    write('packages/constructs/src/organization.ts', "export const name = 'acme'\n")
    return hash()
  }

  it.each([
    ['code that is imported', 'packages/b/src/index.ts', "export const b = 'of // two'\n"],
    ['data', 'tools/a/data/plan.json', '{ }'],
    ['a further file of data', 'tools/a/data/more.json', '{}'],
  ])('changes with %s', (_, file, text) => {
    const before = setUp()
    write(file, text)
    expect(hash()).not.toBe(before)
  })

  it.each([
    [
      'comments and spaces',
      'packages/b/src/index.ts',
      "// Why.\nexport  const b =\n  'of // one' /* it */\n",
    ],
    [
      'imports of types',
      'tools/a/c.ts',
      "import type { T } from './other'\nimport { name } from '../../packages/constructs/src/organization'\n",
    ],
    ['code that is not imported', 'tools/a/other.ts', 'export const other = 2\n'],
    [
      'what each organization has of its own',
      'packages/constructs/src/organization.ts',
      "export const name = 'another'\n",
    ],
  ])('does not change with %s', (_, file, text) => {
    rmSync(join(folder, 'tools/a/data/more.json'), { force: true })
    const before = setUp()
    write(file, text)
    expect(hash()).toBe(before)
  })
})

const figures = [deterministic('zip', 100, 'bytes', { goal: under(90) })]
const times = [timing('cold start', 12.345, 'ms', { digits: 1, goal: under(20) })]
const when = { date: '2026-01-02', sha256: 'old' }
const evidence: Evidence = {
  lambda: {
    deterministic: { ...when, figures },
    timings: { ...when, machine: 'a machine', figures: times },
  },
  synth: { deterministic: { ...when, figures: [deterministic('resources', 3, '')] } },
}

describe('figures of older code', () => {
  it('fail if they take seconds, and are only named if they are timings or take minutes', () => {
    const old = outdated(evidence, () => 'new').filter(({ name }) => evidence[name] !== undefined)
    expect(old.map(({ name, kind, fails }) => [name, kind, fails])).toEqual([
      ['synth', 'deterministic', false],
      ['lambda', 'deterministic', true],
      ['lambda', 'timing', false],
    ])
    expect(old[1]?.text).toBe(
      'function (deterministic figures of lambda): of older code or data, 2026-01-02. Run npm run bench -- --only lambda --deterministic, then npm run docs.',
    )
    expect(outdated(evidence, () => 'old').filter(({ name }) => name === 'lambda')).toEqual([])
    const [line = ''] = evidenceText(evidence, old).split('\n').slice(2)
    expect(line).toMatch(/^function +zip +100 bytes \* +under 90: MISSED/)
  })
})

describe('the table of figures', () => {
  it('shows goals that are missed, links from its document, and the machine of timings', () => {
    const text = evidenceTable('docs/evidence.md', evidence)
    expect(text).toContain(
      '| function | zip | 100 bytes | under 90: **missed** | [failover](failover.md#the-function) |',
    )
    expect(text).toContain('| function | cold start | 12.3 ms | under 20: met |')
    expect(text).toContain('| `npm run bench -- lambda` | timings | 2026-01-02 | a machine |')
    expect(evidenceTable('README.md', evidence)).toContain('(docs/failover.md#the-function)')
  })

  it('rejects a short row without its figure', () => {
    expect(() => shortEvidenceTable('README.md', evidence)).toThrow(
      /short table has "zip of the controller" of lambda, which docs\/evidence.json does not have. Run npm run bench -- --only lambda,/,
    )
  })
})

describe('a check of deterministic figures', () => {
  it('names each that differs, is new, or has gone, with both values', () => {
    const now = [
      deterministic('zip', 101, 'bytes', { goal: under(90) }),
      deterministic('new', true, ''),
    ]
    const stored = [...figures, deterministic('gone', 1, '')]
    expect(differences(stored, stored)).toEqual([])
    expect(differences(stored, now)).toEqual([
      'zip: got 101 bytes (goal: under 90), expected 100 bytes (goal: under 90)',
      'gone: got no such figure, expected 1',
      'new: got yes, expected no such figure',
    ])
  })

  it('reads what was stored', () => {
    const root = mkdtempSync(join(tmpdir(), 'tideway-evidence-'))
    try {
      cpSync(join(workspace, 'docs/evidence.md'), join(root, 'docs/evidence.md'))
      expect(readEvidence(root)).toEqual({})
      writeEvidence(evidence, root)
      expect(readEvidence(root)).toEqual(evidence)
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
