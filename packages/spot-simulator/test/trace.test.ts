import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  CapacityTrace,
  drought,
  flapping,
  InvalidTraceError,
  none,
  onOff,
  onOffZones,
  parseTrace,
  Random,
  readTraceFile,
  union,
  unlimited,
} from '../src'

const file = (data: readonly number[], gap = 60) =>
  JSON.stringify({ metadata: { gap_seconds: gap }, data })

const changes = (trace: CapacityTrace, untilSeconds: number) => {
  const seen: [number, number][] = [[0, trace.at(0)]]
  for (let at = trace.nextChange(0); at !== undefined && at < untilSeconds; ) {
    seen.push([at, trace.at(at)])
    at = trace.nextChange(at)
  }
  return seen
}

describe('a trace', () => {
  it('holds each value until the next, and the last one for ever', () => {
    const trace = new CapacityTrace([
      { atSeconds: 0, capacity: 2 },
      { atSeconds: 10, capacity: 5 },
    ])
    expect([0, 9.9, 10, 1e6].map((at) => trace.at(at))).toEqual([2, 2, 5, 5])
    expect([0, 9.9, 10].map((at) => trace.nextChange(at))).toEqual([10, 10, undefined])
  })

  it('has no capacity before its first step', () => {
    expect(changes(new CapacityTrace([{ atSeconds: 5, capacity: 1 }]), 99)).toEqual([
      [0, 0],
      [5, 1],
    ])
  })

  it('starts over where it repeats', () => {
    expect(changes(flapping({ upSeconds: 5, downSeconds: 10, capacity: 3 }), 31)).toEqual([
      [0, 3],
      [5, 0],
      [15, 3],
      [20, 0],
      [30, 3],
    ])
  })

  it.each([
    [[{ atSeconds: 0, capacity: -1 }], 'at least 0, got -1'],
    [[{ atSeconds: 0, capacity: Number.NaN }], 'at least 0, got NaN'],
    [
      [
        { atSeconds: 3, capacity: 1 },
        { atSeconds: 3, capacity: 2 },
      ],
      'in the order of time: 3 after 3',
    ],
  ])('refuses %j', (steps, message) => {
    expect(() => new CapacityTrace(steps)).toThrow(message)
  })

  it('refuses a period that ends before its last step', () => {
    const steps = [{ atSeconds: 10, capacity: 1 }]
    expect(() => new CapacityTrace(steps, { repeatEverySeconds: 10 })).toThrow(InvalidTraceError)
  })
})

describe('a trace file', () => {
  it('is read with its gap, scaled and rounded down', () => {
    expect(changes(parseTrace(file([1, 1, 0, 3]), { scale: 2.5 }), 1e5)).toEqual([
      [0, 2],
      [120, 0],
      [180, 7],
    ])
  })

  it('repeats if asked to', () => {
    const trace = parseTrace(file([1, 0]), { afterEnd: 'repeat' })
    expect([0, 60, 120, 180, 240].map((at) => trace.at(at))).toEqual([1, 0, 1, 0, 1])
  })

  it('is read from disk', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'trace-')), 'zone.json')
    writeFileSync(path, file([4]))
    expect(readTraceFile(path).at(0)).toBe(4)
    writeFileSync(path, '{')
    expect(() => readTraceFile(path)).toThrow(`${path}: is not JSON`)
  })

  it.each([
    ['null', 'metadata.gap_seconds must be a number above 0, got undefined'],
    [file([1], 0), 'metadata.gap_seconds must be a number above 0, got 0'],
    [file([]), 'data must be a list of at least one number'],
    ['{"metadata":{"gap_seconds":1},"data":[1,"2"]}', 'data[1] must be a number of at least 0'],
    [file([0, -1]), 'data[1] must be a number of at least 0, got -1'],
  ])('%s is refused', (text, message) => {
    expect(() => parseTrace(text, { name: 'zone.json' })).toThrow(`zone.json: ${message}`)
  })
})

describe('synthetic traces', () => {
  it('have a drought where it was asked for', () => {
    const trace = drought({ fromSeconds: 100, toSeconds: 200, remaining: 2, normal: 9 })
    expect(changes(trace, 1e5)).toEqual([
      [0, 9],
      [100, 2],
      [200, 9],
    ])
    expect([unlimited().at(0), none().at(0)]).toEqual([Number.POSITIVE_INFINITY, 0])
    expect(drought({ fromSeconds: 0, toSeconds: 5 }).at(0)).toBe(0)
  })

  const settings = { meanUpSeconds: 3000, meanDownSeconds: 1000, untilSeconds: 2e6, capacity: 4 }

  it('are up for the part of the time that the means give, the same for the same seed', () => {
    const trace = onOff(new Random(5), settings)
    expect(share([trace])).toBeCloseTo(0.75, 1)
    expect(onOff(new Random(5), settings)).toEqual(trace)
    expect(onOff(new Random(6), settings)).not.toEqual(trace)
  })

  it('fail together as far as the correlation says', () => {
    const bothUp = (correlation: number) => {
      const zones = onOffZones(new Random(5), { ...settings, zones: ['a', 'b'], correlation })
      return share(Object.values(zones))
    }
    // Alone: 0.75 squared. Together: 0.75.
    expect(bothUp(0)).toBeCloseTo(0.56, 1)
    expect(bothUp(1)).toBeCloseTo(0.75, 1)
    expect(bothUp(0.8)).toBeGreaterThan(bothUp(0))
  })

  it('add up, whatever their steps', () => {
    const arbitrary = fc
      .uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 })
      .map((times) => times.sort((a, b) => a - b))
      .map((times) => new CapacityTrace(times.map((at) => ({ atSeconds: at, capacity: at % 7 }))))
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 4 }), (traces) => {
        const all = union(traces)
        for (let at = 0; at <= 101; at++) {
          expect(all.at(at)).toBe(traces.reduce((sum, trace) => sum + trace.at(at), 0))
        }
      }),
    )
  })

  it('cannot be added up with different periods', () => {
    expect(() => union([flapping({ upSeconds: 1, downSeconds: 1 }), unlimited()])).toThrow(
      'periods',
    )
  })

  /** The part of the time in which all have capacity. */
  function share(traces: readonly CapacityTrace[]): number {
    let up = 0
    for (let at = 0; at < settings.untilSeconds; at += 100) {
      if (traces.every((trace) => trace.at(at) > 0)) up += 100
    }
    return up / settings.untilSeconds
  }
})
