import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stacks } from '@tideway/constructs'
import { withGeneratedOwners } from '../src/code-owners'
import { serviceCommand } from '../src/service'
import { lossesOf } from '../src/service-effects'
import { definitionOf } from '../src/service-entry'
import { Interrupted } from '../src/terminal'

/** A service that needs little to synthesize. */
const night = `export const service = {
  runs: 'rate(1 days)', tasks: 1, cpu: 256, memoryMiB: 512, image: 'example', uses: [],
}
`
const folders: string[] = []
const ownersOf = (folder: string) => join(folder, '../CODEOWNERS')
const codeOwners = withGeneratedOwners('# end of generated\n', {})

function folderWith(files: Readonly<Record<string, string>> = { 'night.ts': night }): string {
  const parent = mkdtempSync(join(tmpdir(), 'tideway-services-'))
  folders.push(parent)
  const folder = join(parent, 'services')
  mkdirSync(folder)
  writeFileSync(ownersOf(folder), codeOwners)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Answers the questions in turn; `undefined` is Ctrl-C. */
async function run(words: string, folder: string, answers?: readonly (string | undefined)[]) {
  const asked: string[] = []
  const rest = [...(answers ?? [])]
  let output = ''
  let errors = ''
  const code = await serviceCommand(
    words.split(' '),
    {
      folder,
      codeOwners: ownersOf(folder),
      environments: ['dev'],
      write: (text) => {
        output += text
      },
      ask:
        answers === undefined
          ? undefined
          : async (question) => {
              asked.push(question)
              const answer = rest.shift()
              if (answer === undefined) throw new Interrupted()
              return answer
            },
    },
    (text) => {
      errors += text
    },
  )
  return { code, output, errors, asked }
}

const reports = `import type { ServiceDefinition } from '../service'

export const service: ServiceDefinition = {
  runs: 'always',
  tasks: { min: 2, max: 4 },
  cpu: 256,
  memoryMiB: 512,
  image: { tag: '1.4.2' },
  uses: ['database'],
  owner: 'reports-team',
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 3 },
  ],
  standbys: ['fargate'],
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
  traffic: { from: 'internal', priority: 1000, requestsPerTask: 500 },
}
`
const flags = '--tasks 2-4 --image 1.4.2 --uses database --owner reports-team'

describe('a service', () => {
  const folder = folderWith()
  const files = () => readdirSync(folder).sort()

  it('is written from flags, with what it creates and costs', async () => {
    const { code, output, errors } = await run(`new reports ${flags}`, folder)
    expect([code, errors]).toEqual([0, ''])
    expect(readFileSync(join(folder, 'reports.ts'), 'utf8')).toBe(reports)
    expect(readFileSync(ownersOf(folder), 'utf8')).toMatch(/^.*reports\.ts @\S+\/reports-team$/m)
    expect(output).toMatch(/^ +2 {2}aws_ecs_service$/m)
    expect(output).toMatch(/changed: aws_cloudwatch_dashboard\./)
    const [, min, max, drought] = /`dev` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+)/.exec(output) ?? []
    expect(Number(min)).toBeGreaterThan(0)
    expect(Number(max)).toBeGreaterThan(Number(min))
    expect(Number(drought)).toBeGreaterThan(Number(min))
  })

  it('is not written over', async () => {
    expect(await run('new reports', folder)).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^NAME: must be new; .*reports\.ts exists/),
    })
    expect(readFileSync(join(folder, 'reports.ts'), 'utf8')).toBe(reports)
  })

  it('is in the list', async () => {
    const { output } = await run('list', folder)
    expect(output).toContain(
      `| \`night\` | ${stacks.compute.owner} | rate(1 days) | 1 | 256, 512 |`,
    )
    expect(output).toContain(
      '| `reports` | reports-team | always | 2 to 4 | 256, 512 | 1 fargate, 3 fargate-spot | fargate | internal, 1000 | rolling |',
    )
  })

  it('is removed only on request, after what is lost and what must be emptied first', async () => {
    const refused = await run('remove reports', folder)
    expect(refused.code).toBe(1)
    expect(refused.output).toContain(
      'aws_ssm_parameter /tideway/dev/reports/feature-flags: its value',
    )
    expect(refused.output).toMatch(
      /Before it:\n\n {2}aws_ecr_repository tideway-dev-reports\n.*batch-delete-image/,
    )
    expect(refused.output).toContain('Services that call reports.internal.<domain> fail')
    expect((await run('remove reports', folder, ['no'])).code).toBe(1)
    expect((await run('remove reports', folder, [undefined])).code).toBe(130)
    expect((await run('remove reports --dry-run --yes', folder)).code).toBe(0)
    expect(files()).toEqual(['night.ts', 'reports.ts'])
    expect((await run('remove reports --yes', folder)).code).toBe(0)
    expect(files()).toEqual(['night.ts'])
    expect(readFileSync(ownersOf(folder), 'utf8')).toBe(codeOwners)
  })
})

it('the example on Spot declares that it serves until it is drained, as a drought else takes its requests', () => {
  const answers = {
    runs: 'always',
    image: 'example',
    capacity: 'fargate-spot',
    traffic: 'internal',
  }
  const declares = (change: object) => 'atNotice' in definitionOf({ ...answers, ...change })
  expect(definitionOf(answers)).toMatchObject({ atNotice: 'serve-until-drained' })
  expect(declares({ image: '1.4.2' })).toBe(false)
  expect(declares({ traffic: 'none' })).toBe(false)
  expect(declares({ capacity: 'fargate' })).toBe(false)
})

describe('questions', () => {
  it('are asked for missing flags, again after a wrong answer, and before the file is written', async () => {
    const folder = folderWith()
    const words = `new reports ${flags} --runs always --cpu 256 --memory 512 --capacity fargate-spot`
    const answers = ['inward', ' internal ', '', '', '', 'y']
    const { code, asked } = await run(words, folder, answers)
    expect(code).toBe(0)
    expect(asked.map((question) => question.replace(/,? ?\(.*|,.*/s, ''))).toEqual([
      'Load balancer that sends it requests',
      'Load balancer that sends it requests',
      'Requests per task and minute that autoscaling aims for',
      'Priority of its listener rule',
      'Release',
      'Write the file? [Y/n]: ',
    ])
    expect(readFileSync(join(folder, 'reports.ts'), 'utf8')).toBe(reports)
  })

  it.each([
    ['Ctrl-C at the first question', [undefined], 130],
    [
      'Ctrl-C at the last question',
      ['', '2-4', '', '', '1.4.2', '', '', '', '', '', 'database', 'reports-team', undefined],
      130,
    ],
    [
      'no at the end',
      ['', '2-4', '', '', '1.4.2', '', '', '', '', '', 'database', 'reports-team', 'n'],
      0,
    ],
  ])('leave nothing behind after %s', async (_, answers, code) => {
    const folder = folderWith()
    expect(await run('new reports', folder, answers)).toMatchObject({ code })
    expect(readdirSync(folder)).toEqual(['night.ts'])
  })
})

it.each([
  ['--', /^$/, 2],
  ['make x', /must be new, remove or list; got "make"/, 2],
  ['new', /^NAME: must be lower-case.*got nothing/, 2],
  ['new Reports', /^NAME: must be lower-case.*got "Reports"/, 2],
  ['new index', /^NAME: /, 2],
  ['new ../x', /^NAME: /, 2],
  ['new a b', /name one service; got also b/, 2],
  ['new x --color red', /Unknown option '--color'/, 2],
  ['new x --cpu 300', /^--cpu: must be 256, 512.*got "300"/, 2],
  ['new x --runs rate(1 --tasks 2', /^--runs: must be always/, 2],
  ['new x --traffic none --release blue-green', /^--release: must be left out here/, 2],
  ['new x --traffic external --paths reports', /^--paths: must be up to three paths/, 2],
  ['new x --uses disk', /^--uses: must be none, or of cache.*got "disk"/, 2],
  [
    'new x --memory 700',
    /^Nothing is changed:\n.*x\.ts: service\.memoryMiB: must be 512 to 2048/,
    1,
  ],
  ['new x --runs rate(1 --yes', /^--runs/, 2],
  ['new x --runs rate(90minutes)', /x\.ts: service\.runs: must be "always", a cron/, 1],
  ['new averyveryverylongname', /^Nothing is changed:\n.*must have 32 characters at most/, 1],
  ['remove x', /^NAME: must be a service: night; got "x"/, 2],
])('%s is rejected, and changes nothing', async (words, message, code) => {
  const folder = folderWith()
  const { errors, code: got } = await run(words, folder)
  expect(errors).toMatch(message)
  expect(got).toBe(code)
  expect(readdirSync(folder)).toEqual(['night.ts'])
  expect(readFileSync(ownersOf(folder), 'utf8')).toBe(codeOwners)
})

it('a file without a service is named', async () => {
  const folder = folderWith({ 'empty.ts': '' })
  expect((await run('list', folder)).errors).toMatch(
    /empty\.ts: must export its definition as service/,
  )
})

describe('the effects of a removal', () => {
  const firstOf = (type: string, values: object) =>
    lossesOf([{ type, id: 'it', values: { name: 'mine', ...values } }]).map(({ first }) => first)

  it.each([
    ['aws_s3_bucket', { bucket: 'files', force_destroy: false }, /delete all versions/],
    [
      'aws_dynamodb_table',
      { deletion_protection_enabled: true },
      /--table-name mine --no-deletion/,
    ],
    ['aws_ecr_repository', { force_delete: false }, /--repository-name mine /],
    ['aws_codedeploy_deployment_group', {}, /list-deployments/],
  ])('on %s begin with a step', (type, values, step) => {
    expect(firstOf(type, values)).toEqual([expect.stringMatching(step)])
  })

  it.each([
    ['aws_s3_bucket', { force_destroy: true }],
    ['aws_dynamodb_table', { deletion_protection_enabled: false }],
    ['aws_ecr_repository', { force_delete: true }],
    ['aws_sqs_queue', {}],
  ])('on %s need no step where Terraform empties it', (type, values) => {
    expect(firstOf(type, values)).toEqual([undefined])
  })
})

it('a name that a standby has is rejected', async () => {
  const folder = folderWith({ 'reports.ts': reports })
  expect(await run('new reports-standby-fargate', folder)).toMatchObject({
    code: 1,
    errors: expect.stringMatching(
      /must be unique in its stack, and compute\/services\/reports has it/,
    ),
  })
  expect(readdirSync(folder)).toEqual(['reports.ts'])
})
