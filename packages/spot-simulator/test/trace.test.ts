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
  it('keeps each value until the next step, and the last value', () => {
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

  it('repeats after its period', () => {
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
  ])('rejects %j', (steps, message) => {
    expect(() => new CapacityTrace(steps)).toThrow(message)
  })

  it('rejects a period that ends before its last step', () => {
    const steps = [{ atSeconds: 10, capacity: 1 }]
    expect(() => new CapacityTrace(steps, { repeatEverySeconds: 10 })).toThrow(InvalidTraceError)
  })
})

describe('a trace file', () => {
  it('has steps of its gap, scaled and rounded down', () => {
    expect(changes(parseTrace(file([1, 1, 0, 3]), { scale: 2.5 }), 1e5)).toEqual([
      [0, 2],
      [120, 0],
      [180, 7],
    ])
  })

  it('names the file in an error', () => {
    expect(() => parseTrace('{', { name: 'zone.json' })).toThrow('zone.json: is not JSON')
  })

  it.each([
    ['null', 'metadata.gap_seconds must be a number above 0, got undefined'],
    [file([1], 0), 'metadata.gap_seconds must be a number above 0, got 0'],
    [file([]), 'data must be a list of at least one number'],
    ['{"metadata":{"gap_seconds":1},"data":[1,"2"]}', 'data[1] must be a number of at least 0'],
    [file([0, -1]), 'data[1] must be a number of at least 0, got -1'],
  ])('%s is rejected', (text, message) => {
    expect(() => parseTrace(text, { name: 'zone.json' })).toThrow(`zone.json: ${message}`)
  })
})

describe('synthetic traces', () => {
  it('have a drought between two times', () => {
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

  it('have capacity for the share of time that the means give, the same for the same seed', () => {
    const trace = onOff(new Random(5), settings)
    expect(share([trace])).toBeCloseTo(0.75, 1)
    expect(onOff(new Random(5), settings)).toEqual(trace)
    expect(onOff(new Random(6), settings)).not.toEqual(trace)
  })

  it('fail together according to the correlation', () => {
    const bothUp = (correlation: number) => {
      const zones = onOffZones(new Random(5), { ...settings, zones: ['a', 'b'], correlation })
      return share(Object.values(zones))
    }
    // Alone: 0.75 squared. Together: 0.75.
    expect(bothUp(0)).toBeCloseTo(0.56, 1)
    expect(bothUp(1)).toBeCloseTo(0.75, 1)
    expect(bothUp(0.8)).toBeGreaterThan(bothUp(0))
  })

  /** The share of time in which all traces have capacity. */
  function share(traces: readonly CapacityTrace[]): number {
    let up = 0
    for (let at = 0; at < settings.untilSeconds; at += 100) {
      if (traces.every((trace) => trace.at(at) > 0)) up += 100
    }
    return up / settings.untilSeconds
  }
})
