import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { workspace } from '@tideway/terraform/folders'
import { synthesize } from '../cli/deployment'
import { startSynthesized } from '../cli/first-minute'
import { Nx } from '../cli/nx'
import { filesOf } from './files'
import { type Recording, record } from './record'

const usage = `npm run picture              records a drought on the synthesized stacks, and draws it for README.md
npm run picture -- --check   fails if that would change a file
`

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const nx = new Nx()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      nx.stop()
      process.exit(130)
    })
  }
  process.stderr.write('synthesizing the stacks\n')
  await synthesize(nx, 'local', { TIDEWAY_EXAMPLES: '' })
  const files = Object.entries(filesOf(await recordOnce()))
  const changed = files.filter(([file, text]) => textOf(file) !== text)
  if (!values.check) {
    for (const [file, text] of changed) writeFileSync(join(workspace, file), text)
  }
  for (const [file] of files) {
    const isChanged = changed.some(([each]) => each === file)
    const result = values.check ? 'out of date: run npm run picture' : 'written'
    process.stdout.write(`${file}: ${isChanged ? result : 'up to date'}\n`)
  }
  return values.check && changed.length > 0 ? 1 : 0
}

async function recordOnce(): Promise<Recording> {
  const cloud = await startSynthesized()
  let shown = -1
  try {
    return await record(cloud, (share) => {
      const percent = 10 * Math.floor(10 * share)
      if (percent > shown) process.stderr.write(`recording: ${percent} %\n`)
      shown = percent
    })
  } finally {
    await cloud.close()
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(join(workspace, file), 'utf8')
  } catch {
    return undefined
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`picture: ${message}\n${usage}`)
    process.exit(1)
  },
)
