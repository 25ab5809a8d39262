import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  directDependencies,
  isPermissive,
  licenceProblems,
  toolsOf,
} from '../src/dependencies/dependencies'
import { type LockFile, nameOf, readLockFile, workspace } from '../src/dependencies/lock-file'
import { acceptedLicences, reasons, tools } from '../src/dependencies/reasons'
import { type Bom, billOfMaterials, sbomCommand } from '../src/dependencies/sbom'

const lock = readLockFile()
const direct = directDependencies(lock)

describe('the dependencies', () => {
  it('each have a reason, and no reason is left over', () => {
    const names = new Set(direct.map(({ name }) => name))
    expect(Object.keys(reasons).sort()).toEqual([...names].sort())
    const repositories = new Set(toolsOf(direct).map(({ repository }) => repository))
    expect(Object.keys(tools).sort()).toEqual([...repositories].sort())
  })

  it('run no code when they are installed, with every version of npm', () => {
    expect(readFileSync(join(workspace, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
    const { allowScripts } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
    const withScripts = Object.entries(lock).filter(
      ([, locked]) => locked.hasInstallScript === true && locked.optional !== true,
    )
    for (const [folder, locked] of withScripts) {
      expect([folder, allowScripts[nameOf(folder, locked)]]).toEqual([folder, false])
    }
  })

  it('have licences that are permissive or accepted, also those that they bring', () => {
    expect(licenceProblems(lock)).toEqual([])
  })

  it('have no accepted licence that none of them needs', () => {
    const isNeeded = (name: string) =>
      Object.entries(lock).some(
        ([folder, { license = '' }]) =>
          folder.endsWith(`node_modules/${name}`) &&
          license === acceptedLicences[name]?.licence &&
          !isPermissive(license),
      )
    expect(Object.keys(acceptedLicences).filter((name) => !isNeeded(name))).toEqual([])
  })

  it.each([
    ['GPL-3.0', 'a package with a copyleft licence'],
    [undefined, 'a package without a licence'],
    ['MIT AND GPL-3.0', 'one of which a part has another licence'],
    ['(MIT OR GPL-3.0) AND GPL-2.0', 'an expression that is too complicated to judge'],
  ])('are refused with the licence %s: %s', (license, _) => {
    const other: LockFile = {
      '': { name: 'acme', version: '1.0.0' },
      'node_modules/one': { version: '1.2.3', ...(license && { license }) },
      'node_modules/one/node_modules/cdktf': { version: '1.0.0', license: 'GPL-2.0' },
    }
    expect(licenceProblems(other)).toEqual([
      expect.stringContaining(
        `one 1.2.3: must have a permissive licence; got ${license ?? 'none'}`,
      ),
      expect.stringContaining('cdktf 1.0.0: must have a permissive licence; got GPL-2.0'),
    ])
  })

  it('may have a choice of licences of which one is permissive', () => {
    expect(['MIT OR GPL-3.0', '(GPL-3.0 OR CC0-1.0)', 'MIT AND ISC'].map(isPermissive)).toEqual([
      true,
      true,
      true,
    ])
  })
})

describe('the bill of materials', () => {
  const at = new Date('2026-01-02T03:04:05Z')
  const uuid = '3e671687-395b-41f5-a30f-a58921a69b79'
  let bom: Bom
  beforeAll(() => {
    bom = billOfMaterials(lock, at, uuid)
  })

  it('has what CycloneDX requires', () => {
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 })
    expect(bom.serialNumber).toBe(`urn:uuid:${uuid}`)
    expect(bom.metadata.timestamp).toBe(at.toISOString())
    const all = [bom.metadata.component, ...bom.components]
    const refs = new Set(all.map((each) => each['bom-ref']))
    expect(refs.size).toBe(all.length)
    const named = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
    expect(named.filter((ref) => !refs.has(ref))).toEqual([])
    const digits: Record<string, number> = { 'SHA-1': 40, 'SHA-256': 64, 'SHA-512': 128 }
    const hashes = bom.components.flatMap(({ hashes = [] }) => hashes)
    expect(
      hashes.filter(
        ({ alg, content }) => !/^[0-9a-f]+$/.test(content) || content.length !== digits[alg],
      ),
    ).toEqual([])
    expect(bom.components.filter(({ name, type }) => name === '' || type.length === 0)).toEqual([])
  })

  it('has each package of the lock file, in the version of each folder', () => {
    const listed = new Set(bom.components.map(({ purl }) => purl))
    const missing = Object.entries(lock).filter(
      ([folder, { version, name = folder.split('node_modules/').at(-1), link }]) =>
        folder !== '' &&
        link !== true &&
        !listed.has(`pkg:npm/${name?.replace('@', '%40')}@${version}`),
    )
    expect(missing).toEqual([])
  })

  it('says what is in the zip of the function, and what is outside npm', () => {
    const dependsOn = (ref: string) =>
      bom.dependencies.find((each) => each.ref === ref)?.dependsOn ?? []
    const inZip = dependsOn('failover.zip')
    expect(inZip).toContainEqual(expect.stringMatching(/^@aws-sdk\/client-ecs@/))
    expect(inZip.filter((ref) => /^(cdktf|jest|@cdktf\/)/.test(ref))).toEqual([])
    const outside = dependsOn(bom.metadata.component['bom-ref']).filter((ref) =>
      ref.startsWith('pkg:github/'),
    )
    expect(outside).toContainEqual(expect.stringMatching(/terraform-provider-aws@v\d/))
    expect(outside.filter((ref) => /@[0-9a-f]{40}$/.test(ref)).length).toBeGreaterThan(3)
  })

  it('finds a dependency in the nearest folder, and leaves out an optional one that is not locked', () => {
    const small: LockFile = {
      '': { name: 'acme', version: '1.0.0', dependencies: { one: '1' } },
      'node_modules/one': {
        version: '1.0.0',
        dependencies: { two: '1' },
        optionalDependencies: { three: '1' },
      },
      'node_modules/one/node_modules/two': { version: '1.0.0' },
      'node_modules/two': { version: '2.0.0' },
    }
    const { dependencies } = billOfMaterials(small, at, uuid)
    expect(dependencies.find(({ ref }) => ref === 'one@1.0.0')?.dependsOn).toEqual(['two@1.0.0'])
  })

  it('is the same each time, and names no machine and no registry', () => {
    const text = JSON.stringify(bom)
    expect(JSON.stringify(billOfMaterials(lock, at, uuid))).toBe(text)
    expect(text).not.toContain(workspace)
    expect(text.match(/https?:\/\/[^"]*/g)).toEqual([bom.$schema])
  })

  it('is written to a file, and rejects an unknown option', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-sbom-'))
    const file = join(folder, 'sbom.json')
    sbomCommand(['--output', file])
    expect(JSON.parse(readFileSync(file, 'utf8')).components).toEqual(bom.components)
    expect(() => sbomCommand(['--out', file])).toThrow("Unknown option '--out'")
    rmSync(folder, { recursive: true })
  })
})
