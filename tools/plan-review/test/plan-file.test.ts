import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReviewError } from '../src/errors'
import { parsePlan, readPlan } from '../src/plan-file'

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

describe('a file that is not a plan', () => {
  it.each([
    ['', 'an empty file'],
    ['PK\u0003\u0004rest', 'a binary plan file'],
    ['{"format_version": "1.2", "resource_chan', 'JSON that is cut off'],
    ['terraform will perform the following actions', 'text that is not JSON'],
    ['{"@level":"info","type":"version"}\n{"@level":"info"}', 'the log that plan -json prints'],
    ['{"@level":"info","type":"version"}', 'one line of the log'],
    ['[]', 'JSON that is not an object'],
    ['{"version":4,"serial":3,"lineage":"x","resources":[]}', 'a state file'],
    ['{"format_version":"1.0","values":{"root_module":{}}}', 'a state as JSON'],
    ['{"resource_changes":[]}', 'JSON without a format_version'],
    ['{"format_version":"2.0","resource_changes":[]}', 'format_version 2.0'],
    ['{"format_version":"0.2","resource_changes":[]}', 'format_version 0.2'],
    [
      `{"format_version":"1.0","resource_changes":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'JSON that is nested deeper than 250 levels',
    ],
    ['{"format_version":"1.0","provider_schemas":{}}', 'without any part of a plan'],
  ])('is rejected with what it is: %j', (content, got) => {
    const message = rejectionOf(content)
    expect(message).toMatch(/^some\.json: must be a plan as JSON; got /)
    expect(message).toContain(got)
    expect(message).toContain('terraform show -json')
  })

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

  it('is read with a byte order mark, as some shells write it', () => {
    expect(parsePlan('p', Buffer.concat([Buffer.from('\uFEFF'), plan({})])).formatVersion).toBe(
      '1.2',
    )
  })
})
