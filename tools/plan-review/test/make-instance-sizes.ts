// Regenerates src/instance-sizes.json from the figures of AWS that moto contains:
// node --require tsx/cjs tools/plan-review/test/make-instance-sizes.ts
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

interface Published {
  readonly VCpuInfo: { readonly DefaultVCpus: number }
  readonly MemoryInfo: { readonly SizeInMiB: number }
}

const script = 'import moto, os; print(os.path.dirname(moto.__file__))'
const moto = execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim()
const packed = readFileSync(join(moto, 'ec2/resources/instance_types.json.gz'))
const types = JSON.parse(gunzipSync(packed).toString()) as Record<string, Published>

const families = new Map<string, [size: string, vcpus: number, gib: number][]>()
for (const [type, { VCpuInfo, MemoryInfo }] of Object.entries(types)) {
  const [family = '', size = ''] = type.split('.')
  const gib = Math.round((MemoryInfo.SizeInMiB / 1024) * 1000) / 1000
  families.set(family, [...(families.get(family) ?? []), [size, VCpuInfo.DefaultVCpus, gib]])
}
// Families with the same sizes share a line.
const lines = new Map<string, string[]>()
for (const [family, sizes] of [...families].sort(([one], [other]) => (one < other ? -1 : 1))) {
  const line = sizes
    .sort((one, other) => one[1] - other[1] || one[2] - other[2] || (one[0] < other[0] ? -1 : 1))
    .map((size) => size.join(' '))
    .join(', ')
  lines.set(line, [...(lines.get(line) ?? []), family])
}
const table = Object.fromEntries([...lines].map(([line, names]) => [names.join(' '), line]))
writeFileSync(
  resolve(__dirname, '../src/instance-sizes.json'),
  `${JSON.stringify(table, null, 2)}\n`,
)
