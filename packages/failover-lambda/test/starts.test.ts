import { CapacityTrace, type Timing } from '@tideway/spot-simulator'
import { addStarts, startSeconds } from '../src/starts'
import { TestAccount } from './test-account'

const starts = (...seconds: number[]) =>
  seconds.map((each, index) => ({ at: 1000 * (index + 1), seconds: each }))

describe('the start of a service', () => {
  it('is unknown until three are seen', () => {
    expect(startSeconds(undefined)).toBeUndefined()
    expect(startSeconds(addStarts(undefined, starts(30, 40)))).toBeUndefined()
    expect(startSeconds(addStarts(undefined, starts(30, 50, 40)))).toBe(50)
  })

  it('is longer than nine of ten', () => {
    const seen = addStarts(undefined, starts(10, 20, 30, 40, 50, 60, 70, 80, 90, 300))
    expect(startSeconds(seen)).toBe(90)
  })

  it('counts each start once', () => {
    const once = addStarts(undefined, starts(30, 40, 50))
    expect(addStarts(once, starts(30, 40, 50))).toBe(once)
    expect(addStarts(once, starts(30, 40, 50, 60))?.seconds).toEqual([30, 40, 50, 60])
  })

  it('follows the last twenty, whatever their order', () => {
    const slow = addStarts(undefined, starts(...Array(20).fill(200)))
    const fast = starts(...Array(40).fill(20)).slice(20)
    expect(startSeconds(addStarts(slow, fast.reverse()))).toBe(20)
  })
})

describe('the controller', () => {
  /** A drought of ten minutes, and a recovery. */
  async function afterRecovery(timing: Partial<Timing> = {}) {
    const fargateSpot = new CapacityTrace([
      { atSeconds: 0, capacity: 10 },
      { atSeconds: 300, capacity: 0 },
      { atSeconds: 900, capacity: 10 },
    ])
    const account = new TestAccount({ fargateSpot, timing })
    account.addPair('api')
    await account.aws.run(3600)
    const known = account.logged('decided').flatMap((line) => line.startSeconds ?? [])
    return { known, warnings: account.logged('tasks start slower than a notice lasts') }
  }

  it('logs how long tasks take to start, once it has seen some', async () => {
    const { known, warnings } = await afterRecovery()
    expect(known.length).toBeGreaterThan(0)
    for (const seconds of known) expect(seconds).toBeLessThan(100)
    expect(warnings).toEqual([])
  })

  it('warns where a notice is shorter than a start', async () => {
    const { known, warnings } = await afterRecovery({ fargateProvisioning: [150, 160] })
    expect(Math.min(...known.map(Number))).toBeGreaterThan(150)
    expect(warnings).toMatchObject([{ level: 'warn', primary: 'api' }])
  })
})
