import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readStackJson } from '../src/stack-json'

describe('the bucket that keeps the state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-json-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['is found by its name', { s3: { bucket: 'own' } }, { to: 'aws_s3_bucket.second', id: 'own' }],
    ['may be of another stack', { s3: { bucket: 'other' } }, undefined],
    ['may not exist', { local: {} }, undefined],
  ])('%s', (_, backend, expected) => {
    const aws_s3_bucket = { first: {}, log: { bucket: 'log' }, second: { bucket: 'own' } }
    const json = { terraform: { backend }, resource: { aws_s3_bucket } }
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(json))
    expect(readStackJson(folder).ownBucket).toEqual(expected)
  })
})
