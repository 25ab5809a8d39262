import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { affectedStacks } from '../src/affected-stacks'

const folder = mkdtempSync(join(tmpdir(), 'tideway-affected-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Calls the function with a fake of npx on the PATH, and returns its result and the arguments of npx. */
function affectedWith(script: string, base?: string) {
  const fake = `#!/bin/sh\necho "$*" > ${folder}/arguments\n${script}\n`
  writeFileSync(join(folder, 'npx'), fake, { mode: 0o755 })
  const path = process.env.PATH
  process.env.PATH = `${folder}${delimiter}${path}`
  try {
    return {
      stacks: affectedStacks(base),
      call: readFileSync(join(folder, 'arguments'), 'utf8').trim(),
    }
  } finally {
    process.env.PATH = path
  }
}

it('lists the stacks whose deploy is affected, in the order of deployment', () => {
  expect(affectedWith(`echo '["compute","workspace","network"]'`)).toEqual({
    stacks: ['network', 'compute'],
    call: 'nx show projects --affected --with-target=deploy --json',
  })
})

it('compares with a revision', () => {
  expect(affectedWith(`echo '[]'`, 'v1')).toEqual({
    stacks: [],
    call: 'nx show projects --affected --with-target=deploy --json --base=v1',
  })
})

it('reads the list below warnings', () => {
  expect(affectedWith(`echo '[warn] old'; echo '["data"]'; echo '[NX] done'`).stacks).toEqual([
    'data',
  ])
})

it.each([
  ['fails', 'echo no such revision >&2; exit 1', 'no such revision'],
  ['prints no list', 'echo "[busy]"', 'busy'],
])('throws where Nx %s', (_, script, message) => {
  expect(() => affectedWith(script)).toThrow(message)
})
