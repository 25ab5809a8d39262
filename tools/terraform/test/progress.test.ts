import { describeDiagnostic, readEvent, type TerraformEvent } from '../src/events'
import { elapsed, Progress } from '../src/progress'

const pathOf = (address: string) => `path of ${address}`

function hook(
  type: 'apply_start' | 'apply_complete' | 'apply_errored',
  addr: string,
  action = 'create',
) {
  return { type, hook: { resource: { addr }, action } } satisfies TerraformEvent
}

describe('progress', () => {
  it('counts the finished resources, and lists those in progress, longest first', () => {
    let now = 0
    const progress = new Progress(() => now, 4)
    progress.update(hook('apply_start', 'slow'))
    now = 5_000
    progress.update(hook('apply_start', 'quick'))
    progress.update(hook('apply_start', 'other'))
    now = 65_000
    progress.update(hook('apply_complete', 'quick'))
    expect(progress.line(pathOf)).toBe(
      '1 of 4 resources done; create path of slow 1 m 05 s, create path of other 1 m 00 s',
    )
  })

  it('keeps the line short with many resources in progress', () => {
    const progress = new Progress(() => 0, 10)
    for (const address of ['a', 'b', 'c', 'd', 'e']) progress.update(hook('apply_start', address))
    expect(progress.line(pathOf)).toBe(
      '0 of 10 resources done; create path of a 0 s, create path of b 0 s, and 3 more',
    )
  })

  it('distinguishes the delete and the create of a replacement', () => {
    const progress = new Progress(() => 0, 2)
    progress.update(hook('apply_start', 'a', 'delete'))
    progress.update(hook('apply_start', 'a', 'create'))
    progress.update(hook('apply_complete', 'a', 'delete'))
    expect(progress.line(pathOf)).toBe('1 of 2 resources done; create path of a 0 s')
  })

  it('counts the outputs that a plan changes', () => {
    const progress = new Progress(() => 0)
    progress.update({
      type: 'outputs',
      outputs: { a: { action: 'create' }, b: { action: 'noop' }, c: {} },
    })
    expect(progress.changedOutputs).toBe(1)
  })

  it('does not list failed resources as in progress', () => {
    const progress = new Progress(() => 0, 2)
    progress.update(hook('apply_start', 'a'))
    progress.update(hook('apply_start', 'b'))
    progress.update(hook('apply_errored', 'a'))
    expect(progress.line(pathOf)).toBe('0 of 2 resources done; create path of b 0 s')
  })

  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 m 00 s'],
    [3_725_000, '62 m 05 s'],
  ])('formats %i ms as %s', (milliseconds, text) => {
    expect(elapsed(milliseconds)).toBe(text)
  })
})

describe('the lines of Terraform', () => {
  it('are ignored where their type is unknown', () => {
    expect(readEvent('{"type":"apply_progress"}')).toBeUndefined()
    expect(readEvent('{"type":"something_to_come"}')).toBeUndefined()
  })

  it.each(['panic: runtime error', '12', '"text"', 'null', '{"no":"type"}'])(
    'are shown as they are where they are no event: %s',
    (line) => {
      expect(readEvent(line)).toEqual({ text: line })
    },
  )
})

describe('an error of Terraform', () => {
  it('is formatted in full, with the path of its construct', () => {
    const text = describeDiagnostic(
      {
        severity: 'error',
        summary: 'creating it',
        detail: 'first line\n\nlast line',
        address: 'aws_vpc.a',
        snippet: { code: '}' },
      },
      pathOf,
    )
    expect(text).toBe('Error: creating it\n  at path of aws_vpc.a\n  first line\n\n  last line')
  })

  it('shows its code where it has no address', () => {
    const diagnostic = {
      severity: 'warning',
      summary: 'odd',
      snippet: { code: '  "a": 1' },
    } as const
    expect(describeDiagnostic(diagnostic, pathOf)).toBe('Warning: odd\n  code: "a": 1')
  })
})
