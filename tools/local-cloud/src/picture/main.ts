import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { workspace } from '@tideway/terraform/folders'
import { synthesize } from '../cli/deployment'
import { startSynthesized } from '../cli/first-minute'
import { Nx } from '../cli/nx'
import { filesOf } from './files'
import { type Recording, record } from './record'

const usage =
  'npm run picture   records a drought on the synthesized stacks, and draws it for README.md\n'

async function main(): Promise<number> {
  parseArgs({ options: {} })
  const nx = new Nx()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      nx.stop()
      process.exit(130)
    })
  }
  process.stderr.write('synthesizing the stacks\n')
  await synthesize(nx, 'local', { TIDEWAY_EXAMPLES: '' })
  for (const [file, text] of Object.entries(filesOf(await recordOnce()))) {
    writeFileSync(join(workspace, file), text)
    process.stdout.write(`${file}: written\n`)
  }
  return 0
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

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`picture: ${message}\n${usage}`)
    process.exit(1)
  },
)
