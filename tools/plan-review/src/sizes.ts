import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, textOf } from './json'

export interface Size {
  readonly vcpus: number
  readonly gib: number
}

/** Families of services that AWS builds on those of EC2, under another name. */
const sameAs: Readonly<Record<string, string>> = {
  x2g: 'x2gd',
  or1: 'r7g',
  or2: 'r8g',
  om2: 'm8g',
  oi2: 'i8g',
}

/** Nodes of Redshift, which EC2 does not have. */
const redshift: Readonly<Record<string, string>> = {
  dc2: 'large 2 15, 8xlarge 32 244',
  ds2: 'xlarge 4 31, 8xlarge 36 244',
  ra3: 'large 2 16, xlplus 4 32, 4xlarge 12 96, 16xlarge 48 384',
}

let table: Map<string, Size> | undefined

/** The sizes that AWS publishes, by instance type. */
function published(): ReadonlyMap<string, Size> {
  if (table !== undefined) return table
  table = new Map()
  const file = readFileSync(join(__dirname, 'instance-sizes.json'), 'utf8')
  const families = { ...(JSON.parse(file) as Record<string, string>), ...redshift }
  for (const [names, sizes] of Object.entries(families)) {
    const parsed = sizes.split(', ').map((size) => size.split(' '))
    for (const family of names.split(' '))
      for (const [size, vcpus, gib] of parsed)
        table.set(`${family}.${size}`, { vcpus: Number(vcpus), gib: Number(gib) })
  }
  return table
}

/** The size of an instance class of AWS, Azure or Google, if its figures are known. */
export function sizeOf(name: Json | undefined): Size | undefined {
  if (typeof name !== 'string') return undefined
  const text = name.split('/').at(-1) ?? ''
  return ofAws(text) ?? ofAzure(text) ?? ofGoogle(text)
}

/** `db.r6g.large`, `cache.t4g.small`, `kafka.m5.large`, `r6g.large.search`, `db.r5.large.tpc1.mem2x`. */
function ofAws(name: string): Size | undefined {
  const parts = name
    .toLowerCase()
    .replace(/^(db|cache|kafka|express|mq|dms|dax|ml|comp)\./, '')
    .replace(/\.(search|elasticsearch)$/, '')
    .split('.')
  const [family = '', size = '', ...options] = parts
  const found = published().get(`${sameAs[family] ?? family}.${size}`)
  if (found === undefined) return undefined
  const memory = options.map((option) => /^mem(\d+)x$/.exec(option)?.[1]).find(Boolean)
  return {
    vcpus: found.vcpus / (options.includes('tpc1') ? 2 : 1),
    gib: found.gib * Number(memory ?? 1),
  }
}

/** GiB for each vCPU, by the letter of the series. Older versions have no such rule. */
const azureSeries: Readonly<Record<string, { readonly from: number; readonly gib: number }>> = {
  d: { from: 3, gib: 4 },
  e: { from: 3, gib: 8 },
  f: { from: 1, gib: 2 },
  l: { from: 2, gib: 8 },
}
const azureSingle: Readonly<Record<string, number>> = { b: 2, gp: 5, mo: 10 }
const azureBurstable: Readonly<Record<string, Size>> = {
  '1ls': { vcpus: 1, gib: 0.5 },
  '1s': { vcpus: 1, gib: 1 },
  '1ms': { vcpus: 1, gib: 2 },
  '2s': { vcpus: 2, gib: 4 },
}

/** `Standard_D4s_v5`, `GP_Standard_E8-4ds_v4`, `B_Standard_B1ms`, `GP_Gen5_4`. */
function ofAzure(name: string): Size | undefined {
  const single = /^(B|GP|MO)_Gen\d_(\d+)$/i.exec(name)
  if (single !== null) {
    const vcpus = Number(single[2])
    return { vcpus, gib: vcpus * (azureSingle[(single[1] ?? '').toLowerCase()] ?? 0) }
  }
  const match = /^(?:[a-z]+_)?standard_([a-z])(\d+)(?:-(\d+))?([a-z]*)(?:_v(\d+))?$/i.exec(name)
  if (match === null) return undefined
  const [letter, sizeText, active, suffix, version] = match.slice(1)
  const features = (suffix ?? '').toLowerCase()
  const size = Number(sizeText)
  const vcpus = Number(active ?? sizeText)
  if (letter?.toLowerCase() === 'b') {
    const old = version === undefined
    if (old && Object.hasOwn(azureBurstable, `${size}${features}`))
      return azureBurstable[`${size}${features}`]
    if (old) return features === 'ms' ? { vcpus, gib: size * 4 } : undefined
    return { vcpus, gib: size * (features.includes('t') ? 0.5 : features.includes('l') ? 2 : 4) }
  }
  const series = Object.entries(azureSeries).find(([name]) => name === letter?.toLowerCase())?.[1]
  if (series === undefined || Number(version ?? 1) < series.from) return undefined
  // A D series with an "l" has half of the memory.
  const isLow = letter?.toLowerCase() === 'd' && features.includes('l')
  return { vcpus, gib: size * (isLow ? 2 : series.gib) }
}

/** GiB for each vCPU, of one family or of all others. */
const googleMemory: Readonly<Record<string, number>> = {
  'n1-standard': 3.75,
  'n1-highmem': 6.5,
  'n1-highcpu': 0.9,
  'e2-highcpu': 1,
  'n2-highcpu': 1,
  'n2d-highcpu': 1,
  'c4-standard': 3.75,
  'c4-highmem': 7.75,
  standard: 4,
  highmem: 8,
  highcpu: 2,
}
const googleShared: Readonly<Record<string, Size>> = {
  'f1-micro': { vcpus: 0.2, gib: 0.6 },
  'g1-small': { vcpus: 0.5, gib: 1.7 },
  'e2-micro': { vcpus: 0.25, gib: 1 },
  'e2-small': { vcpus: 0.5, gib: 2 },
  'e2-medium': { vcpus: 1, gib: 4 },
}

/** `n2-standard-4`, `custom-4-8192`, `db-custom-4-15360`, `db-perf-optimized-N-8`. */
function ofGoogle(full: string): Size | undefined {
  const name = full.toLowerCase().replace(/^db-/, '')
  if (Object.hasOwn(googleShared, name)) return googleShared[name]
  const custom = /^(?:[a-z0-9]+-)?custom-(\d+)-(\d+)(?:-ext)?$/.exec(name)
  if (custom !== null) return { vcpus: Number(custom[1]), gib: Number(custom[2]) / 1024 }
  const optimized = /^perf-optimized-n-(\d+)$/.exec(name)
  if (optimized !== null) return { vcpus: Number(optimized[1]), gib: Number(optimized[1]) * 8 }
  const match = /^([a-z]\d[a-z]?)-(standard|highmem|highcpu)-(\d+)(?:-lssd)?$/.exec(name)
  if (match === null) return undefined
  const [family, kind, vcpus] = match.slice(1)
  const ratio = googleMemory[`${family}-${kind}`] ?? googleMemory[kind ?? '']
  return ratio === undefined ? undefined : { vcpus: Number(vcpus), gib: Number(vcpus) * ratio }
}

/** What is less than before, as text: `vCPUs 4 -> 2`. Undefined if the figures of a class are not known. */
export function shrinkage(before: Json | undefined, after: Json | undefined): string[] | undefined {
  const [was, is] = [sizeOf(before), sizeOf(after)]
  if (was === undefined || is === undefined) return undefined
  return [
    ...(is.vcpus < was.vcpus ? [`vCPUs ${textOf(was.vcpus)} -> ${textOf(is.vcpus)}`] : []),
    ...(is.gib < was.gib ? [`GiB of memory ${textOf(was.gib)} -> ${textOf(is.gib)}`] : []),
  ]
}
