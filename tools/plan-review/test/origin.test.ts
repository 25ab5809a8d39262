import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { originOf } from '../src/origin'
import { Owners } from '../src/owners'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'tideway-origin-')))
afterAll(() => rmSync(root, { recursive: true }))
const workspace = join(root, 'ours')
mkdirSync(join(workspace, '.git'), { recursive: true })
mkdirSync(join(root, 'theirs/.git'), { recursive: true })
const owners = new Owners('* @acme/platform\n/apps/data/ @acme/data')

/** The origin of a plan in a new folder, with or without the description of a plan beside it. */
function origin(file: string, about?: object) {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '{}')
  const beside = join(dirname(path), 'plan.about.json')
  if (about !== undefined) writeFileSync(beside, JSON.stringify(about))
  try {
    return originOf(path, workspace, owners)
  } finally {
    rmSync(beside, { force: true })
  }
}

const about = { stack: 'data', environment: 'prod', commit: 'abc', usesSamples: true }

it.each([
  ['in the folder of the stack', 'ours/apps/data/.tf/dev/plan.json', undefined],
  ['with its description', 'ours/apps/data/.tf/prod/plan.json', about],
  ['copied with its description', 'artifacts/data/plan.json', about],
])('a plan of this repository has its stack and owners: %s', (_, file, beside) => {
  const { stack, owners: approvers, environment } = origin(file, beside)
  expect([stack, approvers]).toEqual(['data', ['@acme/data']])
  expect(environment).toBe(beside?.environment)
})

it.each([
  ['in a folder of the same name', 'theirs/infra/data/plan.json', undefined, 'infra/data'],
  ['by this tool', 'theirs/apps/data/.tf/prod/plan.json', about, 'prod'],
  ['by this tool, in a folder of the same name', 'theirs/data/plan.json', about, 'theirs/data'],
  ['that was copied', 'downloads/data/plan.json', undefined, 'downloads/data'],
  ['in a file of the same name', 'downloads/compute.json', undefined, 'downloads/compute'],
  ['with the description of no stack', 'downloads/x/plan.json', { stack: 'toString' }, 'x'],
  ['that was copied into this one', 'ours/test/plans/data.json', undefined, 'plans/data'],
  ['in a folder with another name', 'theirs/shop/tfplan.json', undefined, 'shop'],
  ['in a file with another name', 'theirs/shop/prod.tfplan.json', undefined, 'prod'],
])('a plan of another repository is not taken for ours: %s', (_, file, beside, stack) => {
  const { pathOf, ...rest } = origin(file, beside)
  expect(rest).toEqual({
    stack,
    environment: undefined,
    commit: undefined,
    state: undefined,
    usesSamples: false,
    owners: [],
  })
  expect(pathOf('a.b')).toBe('a.b')
})
