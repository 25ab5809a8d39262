import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FunctionHost, none, serveEndpoint } from '@tideway/spot-simulator'
import { unzipSync } from 'fflate'
import { SimulatedAccount, SimulatedController } from '../harness'
import { buildIn, configurationOf, copyTo, placementFailure } from './artifact'

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function folder(name: string): string {
  folders.push(mkdtempSync(join(tmpdir(), `tideway-${name}-`)))
  return folders.at(-1) as string
}

describe('the zip', () => {
  const copy = copyTo(folder('one'))
  const zip = buildIn(copy, 'UTC')

  it('has the same bytes from two folders and in two time zones', () => {
    const other = buildIn(copyTo(folder('another-with-a-longer-name')), 'Asia/Tokyo')
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(digest(other)).toBe(digest(zip))
  })

  it('is built again only after a change of the source', () => {
    const builtAt = () => statSync(join(copy, 'dist/failover.zip')).mtimeMs
    const before = builtAt()
    buildIn(copy, 'UTC')
    expect(builtAt()).toBe(before)
    appendFileSync(join(copy, 'src/handler.ts'), 'export const added = 1\n')
    expect(buildIn(copy, 'UTC').equals(zip)).toBe(false)
  })

  it('is under 300 KB and contains one file', () => {
    expect(zip.length).toBeLessThan(300_000)
    expect(Object.keys(unzipSync(zip))).toEqual(['index.mjs'])
  })

  it('covers a drought with nothing but its environment variables', async () => {
    const account = new SimulatedAccount({ fargateSpot: none() })
    // Not started, because the function runs from its zip.
    const { settings } = new SimulatedController(account)
    const { primary, standby } = account.addPair('api', { startsSteady: false })
    const { url, close } = await serveEndpoint(account.aws.endpoint)
    const host = new FunctionHost({ url, zipOf: () => zip })
    try {
      const event = { Records: [{ messageId: '1', body: placementFailure(primary.arn) }] }
      const { response } = await host.invoke(configurationOf(settings, url), event)
      expect(response).toEqual({ batchItemFailures: [] })
    } finally {
      host.close()
      close()
    }
    expect(standby.desiredCount).toBe(3)
  })
})
