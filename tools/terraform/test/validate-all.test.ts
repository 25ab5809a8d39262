import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validateTogether } from '../src/validate-all'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-validate-'))
  mkdirSync(join(folder, 'work'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function synthesized(stack: string, terraformData: object) {
  const path = join(folder, stack)
  mkdirSync(path, { recursive: true })
  writeFileSync(
    join(path, 'cdk.tf.json'),
    JSON.stringify({
      terraform: { backend: { s3: { bucket: 'state' } } },
      resource: { terraform_data: { thing: terraformData } },
      import: [{ id: 'an-id', to: 'terraform_data.thing' }],
    }),
  )
  return { stack, environment: 'local', synthesized: path }
}

describe('the validation of all stacks', () => {
  it('reports the problems of each stack, and does not change the synthesized files', async () => {
    const stacks = [
      synthesized('valid', { input: 'a' }),
      synthesized('misspelt', { inptu: 'a' }),
      synthesized('dangling', { input: '${terraform_data.other.output}' }),
    ]
    const results = await validateTogether(stacks, join(folder, 'work'))
    expect(results.map(({ stack, problems }) => [stack.stack, problems.length])).toEqual([
      ['valid', 0],
      ['misspelt', 1],
      ['dangling', 1],
    ])
    expect(results[1]?.problems[0]).toContain('inptu')
    expect(results[2]?.problems[0]).toContain('terraform_data" "other')
    const before = readFileSync(join(folder, 'valid/cdk.tf.json'), 'utf8')
    expect(JSON.parse(before).terraform.backend).toBeDefined()
  })

  it('reports a configuration that cannot be read', async () => {
    const broken = synthesized('broken', {})
    writeFileSync(
      join(broken.synthesized, 'cdk.tf.json'),
      JSON.stringify({ terraform: {}, nothing: 1 }),
    )
    await expect(validateTogether([broken], join(folder, 'work'))).rejects.toThrow('nothing')
  })
})
