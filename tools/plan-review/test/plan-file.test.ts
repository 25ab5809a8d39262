import { constants } from 'node:buffer'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReviewError } from '../src/errors'
import { parsePlan, readPlan } from '../src/plan-file'
import { malformed } from './malformed'
import { resource, stackOf } from './plans'

const plan = (more: object) =>
  Buffer.from(JSON.stringify({ format_version: '1.2', resource_changes: [], ...more }))

function rejectionOf(content: string | Buffer): string {
  try {
    parsePlan('some.json', Buffer.from(content))
  } catch (error) {
    if (error instanceof ReviewError) return error.message
    throw error
  }
  throw new Error('the file was accepted')
}

const rejections = malformed.filter(({ rejected }) => rejected !== undefined)
const readable = malformed.filter(({ rejected }) => rejected === undefined)

describe('an input that Terraform would not write', () => {
  it.each(rejections)('is rejected with what it is: $input', ({ content, rejected }) => {
    const message = rejectionOf(content)
    expect(message).toMatch(/^some\.json: must be a plan as JSON; got /)
    expect(message).toContain(rejected)
    expect(message).toContain('terraform show -json')
  })

  it.each(readable)('is read: $input', ({ content, warning, finding }) => {
    const { warnings, findings, changes } = stackOf(parsePlan('some.json', content))
    expect(warnings.join()).toContain(warning ?? '')
    expect(warnings.length > 0).toBe(warning !== undefined)
    expect(changes.length).toBe(1)
    const [rule, line] = finding ?? ['data-destroyed', '']
    expect(findings.find((each) => each.rule === rule)?.details.join()).toContain(line)
  })

  it('is critical where it cannot be read', () => {
    const found = readable.filter(({ finding }) => finding?.[0] === 'change-unreadable')
    expect(found.length).toBeGreaterThan(5)
    for (const { content } of found)
      expect(stackOf(parsePlan('some.json', content)).highest).toBe('critical')
  })

  it('is rejected before it is read where it is too large for a text', () => {
    expect(rejectionOf(Buffer.alloc(constants.MAX_STRING_LENGTH + 1))).toContain('is too large')
  })
})

describe('a file that is not a plan', () => {
  it('is not quoted, because it can contain secrets', () => {
    expect(rejectionOf('{"password":"hunter2-and-more", oops')).not.toContain('hunter2')
    expect(rejectionOf('password hunter2')).not.toContain('hunter2')
  })

  it('is rejected when it is missing or a folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-review-'))
    try {
      expect(() => readPlan(join(folder, 'no.json'))).toThrow('the file does not exist')
      expect(() => readPlan(folder)).toThrow('got a folder')
      writeFileSync(join(folder, 'plan.json'), plan({}))
      expect(readPlan(join(folder, 'plan.json')).formatVersion).toBe('1.2')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a plan', () => {
  it.each(['1.0', '1.1', '1.2'])('of format %s is read without a warning', (format_version) => {
    expect(parsePlan('p', plan({ format_version })).warnings).toEqual([])
  })

  it('of a newer minor format is read, with a warning', () => {
    expect(parsePlan('p', plan({ format_version: '1.9' })).warnings).toEqual([
      expect.stringContaining('1.9 is newer'),
    ])
  })

  it('has a warning when it is incomplete', () => {
    const { warnings } = parsePlan(
      'p',
      plan({ errored: true, complete: false, deferred_changes: [{}, {}] }),
    )
    expect(warnings).toEqual([
      expect.stringContaining('ended with an error'),
      expect.stringContaining('Terraform deferred changes'),
      '2 changes are deferred to a later plan',
    ])
  })

  it('has the hash of its bytes', () => {
    expect(parsePlan('p', plan({})).sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(parsePlan('p', plan({})).sha256).not.toBe(parsePlan('p', plan({ x: 1 })).sha256)
  })

  it('keeps the letters of every encoding', () => {
    const bucketIn = (content: Buffer) =>
      JSON.stringify(parsePlan('p', content).json.resource_changes).match(/caf./)?.[0]
    const encoded = readable.filter(({ input }) => /UTF|Latin/.test(input))
    expect(encoded.length).toBe(6)
    for (const { content } of encoded) expect(bucketIn(content)).toBe('café')
  })

  it('keeps all digits of a number', () => {
    const json = '{"format_version":"1.2","resource_changes":[],"a":[NUMBERS,"x\\\\",1]}'
    const numbers = [
      '9007199254740993',
      '-0.1234567890123456789',
      '1e400',
      '12',
      '0.30000000000000004',
    ]
    const { json: read } = parsePlan('p', Buffer.from(json.replace('NUMBERS', numbers.join())))
    expect(read.a).toEqual([
      ...['9007199254740993', '-0.1234567890123456789', '1e400'],
      ...[12, 0.30000000000000004, 'x\\', 1],
    ])
  })

  it('has a change where only the last digit of a long number differs', () => {
    const text = JSON.stringify({
      format_version: '1.2',
      resource_changes: [resource({ type: 'a_b', before: { x: 1 }, after: { x: 2 } })],
    })
    const content = text
      .replace('"x":1', '"x":9007199254740992')
      .replace('"x":2', '"x":9007199254740993')
    const [change] = stackOf(parsePlan('p', Buffer.from(content))).changes
    expect(change?.differences).toEqual([
      { path: 'x', before: 9007199254740992, after: '9007199254740993' },
    ])
  })

  it.each([
    ['two keys with an escape', '{"a\\"":1,"b\\\\":"\\"c\\":"}'],
    ['a text with a colon', '{"a":"\\":","b" : "x"}'],
    ['the same key in two objects', '{"a":{"x":1},"b":{"x":1}}'],
  ])('is read with %s', (_, object) => {
    const text = `{"format_version":"1.2","resource_changes":[],"more":${object}}`
    expect(parsePlan('p', Buffer.from(text)).json.more).toEqual(JSON.parse(object))
  })
})
