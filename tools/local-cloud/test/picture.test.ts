import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspace } from '@tideway/terraform/folders'
import { draw, schemes } from '../src/picture/draw'
import { filesOf, recordingFile } from '../src/picture/files'
import type { Recording, Sample } from '../src/picture/record'

const read = (file: string) => readFileSync(join(workspace, file), 'utf8')
const recorded: Recording = JSON.parse(read(recordingFile))

const sample = (changes: Partial<Sample>): Sample => ({
  at: 10,
  desired: 8,
  onDemand: 2,
  spot: 6,
  standby: 0,
  without: 8,
  failed: 0,
  failedWithout: 0,
  ...changes,
})

const small: Recording = {
  droughtAt: 10,
  droughtEndsAt: 130,
  samples: [
    sample({}),
    sample({ at: 20, spot: 0, standby: 6, without: 2, failedWithout: 40 }),
    sample({ at: 30 }),
  ],
  tideway: { requests: 1500, failed: 0 },
  without: { requests: 1500, failed: 400 },
}

describe('the picture of a drought', () => {
  it.each(Object.keys(filesOf(recorded)))(
    '%s is drawn from the recording (npm run picture)',
    (file) => {
      expect(read(file)).toBe(filesOf(recorded)[file])
    },
  )

  it('is small, needs no other file, and has the same lines in both schemes', () => {
    const texts = (['light', 'dark'] as const).map((scheme) => draw(recorded, scheme))
    const withoutColours = texts.map((text) => text.replace(/#[0-9a-f]{6}/g, ''))
    expect(withoutColours[0]).toBe(withoutColours[1])
    expect(texts[0]?.length).toBeLessThan(60_000)
    expect(texts[0]).not.toMatch(/<script|<image|href|NaN|undefined|Infinity/)
    for (const colour of Object.values(schemes.dark)) expect(texts[1]).toContain(colour)
  })

  it('says what the recording shows', () => {
    const text = draw(small, 'light')
    expect(text).toContain('A Spot drought of 2 minutes')
    expect(text).toContain('simulated, 50 requests a second')
    expect(text).toContain('0 of 1,500 requests fail with Tideway, 400 of 1,500 without it')
    expect(text).toContain('up to 6 standby tasks')
    expect(text).toContain('2 of 8 tasks are left')
  })

  it('draws each value where its axis has it', () => {
    // 8 tasks are the top of a panel of 190 from 176, so 2 tasks are a quarter of it above its bottom.
    const bottom = 176 + 190
    expect(draw(small, 'light')).toContain(`V${bottom - 190 / 4}`)
    const two = { ...small, samples: small.samples.map((each) => ({ ...each, without: 4 })) }
    expect(draw(two, 'light')).toContain(` ${bottom - 190 / 2}H`)
  })
})
