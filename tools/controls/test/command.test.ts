import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { controlsCommand } from '../src/main'

const workspace = resolve(__dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'tideway-controls-'))
afterAll(() => rmSync(folder, { recursive: true }))

function controls(...args: string[]) {
  const output = { stdout: '', stderr: '' }
  const capture = (stream: 'stdout' | 'stderr') =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += text
      return true
    })
  const captured = [capture('stdout'), capture('stderr')]
  try {
    return { status: controlsCommand(args), ...output }
  } finally {
    for (const each of captured) each.mockRestore()
  }
}

function fileOf(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const stack = (resource: object, key = 'prod/data.tfstate') => ({
  terraform: { backend: { s3: { key } } },
  resource,
})

describe('npm run controls -- FILE', () => {
  it('passes a compliant stack', () => {
    const file = fileOf('good.json', stack({ aws_subnet: { it: { vpc_id: 'vpc' } } }))
    const { status, stdout } = controls(file)
    expect(stdout).toMatch(/^CKV_AWS_130 .* 1 {2}pass$/m)
    expect(stdout.trim()).toMatch(/\nControls: 1 passed, 0 failed$/)
    expect(status).toBe(0)
  })

  it('fails a stack with a violation', () => {
    const file = fileOf('bad.json', stack({ aws_sns_topic: { it: {} } }))
    // In its own process, as npm runs it.
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--require', 'tsx/cjs', 'tools/controls/src/main.ts', file],
      { cwd: workspace, encoding: 'utf8' },
    )
    expect(stdout).toContain('CKV_AWS_26: FAIL: data: aws_sns_topic.it: no kms_master_key_id')
    expect(status).toBe(1)
  })

  it('checks several stacks as one platform', () => {
    const network = {
      ...stack({ aws_vpc: { it: {} } }, 'prod/network.tfstate'),
      output: { vpc_id: { value: '${aws_vpc.it.id}' } },
    }
    const data = {
      ...stack({
        aws_flow_log: { it: { vpc_id: '${data.terraform_remote_state.network.outputs.vpc_id}' } },
      }),
      data: { terraform_remote_state: { network: { config: { key: 'prod/network.tfstate' } } } },
    }
    const files = [fileOf('network.json', network), fileOf('data.json', data)]
    expect(controls(...files).stdout).toMatch(/^CKV2_AWS_11 .* 1 {2}pass$/m)
    expect(controls(files[0] ?? '').stdout).toMatch(/^CKV2_AWS_11 .* 1 {2}FAIL$/m)
  })

  it.each([
    ['invalid JSON', '{"resource": ', 'got invalid JSON'],
    ['a plan', { planned_values: {}, resource_changes: [] }, 'got a plan'],
    ['a state', { version: 4, lineage: 'x', resources: [] }, 'got a state'],
    ['a list', [], 'JSON that is not an object'],
    ['an empty object', {}, 'no resources and no outputs'],
  ])('rejects %s, and describes the expected file', (name, content, got) => {
    const file = fileOf(`${name}.json`, content)
    const { status, stderr, stdout } = controls(file)
    expect(stderr).toContain(`${file}: must be the Terraform JSON of a stack`)
    expect(stderr).toContain(got)
    expect([status, stdout]).toEqual([2, ''])
  })

  it('rejects a missing file, a folder, a repeated stack and an unknown option', () => {
    expect(controls(join(folder, 'missing.json'))).toMatchObject({ status: 2, stdout: '' })
    expect(controls(folder).stderr).toContain('got a folder')
    const file = fileOf('once.json', stack({ aws_vpc: {} }))
    expect(controls(file, file).stderr).toContain('a second file of the stack "data"')
    expect(controls('--fix').stderr).toContain('--fix: unknown option')
  })
})
