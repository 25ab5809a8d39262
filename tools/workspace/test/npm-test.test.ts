import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { browserFile } from '../src/browser.cjs'
import { countOf } from '../src/parts.cjs'
import { areInstalled, isAtLeast, nodeProblem, terraformVersion } from '../src/set-up.cjs'

async function until(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (condition()) return true
    await sleep(50)
  }
  return false
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const testRun = (line: string) => `> nx run data:test\n\nTests:       ${line}, 9 total\n`

describe('the count of a part', () => {
  it('adds up the tests of every project', () => {
    const output = testRun('7 passed') + testRun('1 failed, 2 passed')
    expect(countOf(output, 1)).toEqual({ passed: 9, failed: 1 })
  })

  it('counts a skipped test as failed', () => {
    expect(countOf(testRun('1 skipped, 1 todo, 7 passed'), 0)).toEqual({ passed: 7, failed: 2 })
  })

  it('ignores colours', () => {
    expect(
      countOf('\u001b[1mTests: \u001b[22m      \u001b[32m3 passed\u001b[39m, 3 total', 0),
    ).toEqual({
      passed: 3,
      failed: 0,
    })
  })

  it('counts tasks where there are no tests', () => {
    const output =
      '> nx run a:lint\n\nfine\n\n> nx run b:lint\n\nnot fine\n\nFailed tasks:\n\n- b:lint\n\nHint: more\n'
    expect(countOf(output, 1)).toEqual({ passed: 1, failed: 1 })
  })

  it('counts a task from the cache', () => {
    expect(countOf('> nx run a:lint  [local cache]\n', 0)).toEqual({ passed: 1, failed: 0 })
  })

  it('adds up the security controls', () => {
    const output = '> nx run bootstrap:synth:prod\n\n82 controls\nControls: 77 passed, 1 failed\n'
    expect(countOf(output, 1)).toEqual({ passed: 77, failed: 1 })
  })

  it('adds up the checks of a deployment', () => {
    const output =
      '> nx run local-cloud:e2e\n\npassed  one\nFAILED  two\nChecks: 15 passed, 1 failed\n'
    expect(countOf(output, 1)).toEqual({ passed: 15, failed: 1 })
  })

  it('fails a run that crashed before it counted', () => {
    expect(countOf('', 1)).toEqual({ passed: 0, failed: 1 })
    expect(countOf(testRun('7 passed'), 1)).toEqual({ passed: 7, failed: 1 })
  })

  it('fails a run without tasks', () => {
    expect(countOf('', 0)).toEqual({ passed: 0, failed: 1 })
  })
})

describe('the browser', () => {
  it('is the one that CHROMIUM names, or none if that does not exist', () => {
    expect(browserFile({ CHROMIUM: process.execPath })).toBe(process.execPath)
    expect(browserFile({ CHROMIUM: '/nowhere/chromium' })).toBeUndefined()
  })
})

describe('the set-up', () => {
  type Entry = { version?: string; optional?: boolean; dependencies?: Record<string, string> }
  const locked: Record<string, Entry> = {
    '': { dependencies: { one: '1' } },
    'node_modules/one': { version: '1.0.0' },
    'node_modules/other-platform': { version: '2.0.0', optional: true },
    'tools/tool': { version: '0.0.0', dependencies: { b: '2', a: '1' } },
  }
  const { '': _, 'node_modules/other-platform': __, ...installed } = locked
  const tool = { dependencies: { a: '1', b: '2' } }

  it.each<[string, boolean, Record<string, object | undefined>]>([
    ['as in the lock file', true, {}],
    ['none', false, { 'node_modules/.package-lock.json': undefined }],
    [
      'a package less',
      false,
      { 'node_modules/.package-lock.json': { packages: { 'tools/tool': locked['tools/tool'] } } },
    ],
    [
      'a package more',
      false,
      { 'node_modules/.package-lock.json': { packages: { ...installed, more: {} } } },
    ],
    [
      'another version',
      false,
      {
        'node_modules/.package-lock.json': {
          packages: { ...installed, 'node_modules/one': { version: '1.0.1' } },
        },
      },
    ],
    [
      'a package.json that needs more',
      false,
      { 'tools/tool/package.json': { dependencies: { ...tool.dependencies, c: '3' } } },
    ],
    [
      'a workspace that is not locked',
      false,
      { 'apps/new/package.json': { dependencies: { a: '1' } } },
    ],
  ])('finds what is installed: %s', (_name, expected, change) => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-set-up-'))
    const files = {
      'package.json': { devDependencies: { one: '1' } },
      'package-lock.json': { packages: locked },
      'node_modules/.package-lock.json': { packages: installed },
      'apps/none/.keep': {},
      'packages/none/.keep': {},
      'tools/tool/package.json': tool,
      ...change,
    }
    for (const [name, content] of Object.entries(files)) {
      if (content === undefined) continue
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), JSON.stringify(content))
    }
    expect(areInstalled(folder)).toBe(expected)
    rmSync(folder, { recursive: true })
  })

  it('installs in one process at a time, also after one that was killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-set-up-'))
    const [lock, log] = [join(folder, 'lock'), join(folder, 'log')]
    const killed = spawn(process.execPath, ['-e', ''])
    await once(killed, 'exit')
    writeFileSync(lock, String(killed.pid))
    const work = `
      const { appendFileSync } = require('node:fs')
      const { alone } = require(${JSON.stringify(require.resolve('../src/set-up.cjs'))})
      alone(${JSON.stringify(lock)}, async () => {
        appendFileSync(${JSON.stringify(log)}, 'begin ')
        await new Promise((resolve) => setTimeout(resolve, 100))
        appendFileSync(${JSON.stringify(log)}, 'end ')
      })`
    const run = () => once(spawn(process.execPath, ['-e', work]), 'exit')
    await run()
    await Promise.all([run(), run()])
    expect(readFileSync(log, 'utf8')).toBe('begin end '.repeat(3))
    expect(existsSync(lock)).toBe(false)
    rmSync(folder, { recursive: true })
  })

  it('ends what it runs, and what that has started, when it is interrupted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-set-up-'))
    const file = join(folder, 'pid')
    const started = JSON.stringify(
      `sleep 60 & echo $! > '${file}.new'; mv '${file}.new' '${file}'; wait`,
    )
    const setUp = JSON.stringify(require.resolve('../src/set-up.cjs'))
    const child = spawn(process.execPath, [
      '-e',
      `require(${setUp}).runToEnd('sh', ['-c', ${started}])`,
    ])
    const exited = once(child, 'exit')
    await until(() => existsSync(file))
    const pid = Number(readFileSync(file, 'utf8'))
    child.kill('SIGINT')
    expect(await exited).toEqual([130, null])
    expect(await until(() => !isRunning(pid))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['20.19.0', '20.19', true],
    ['22.0.0', '20.19', true],
    ['20.18.9', '20.19', false],
    ['9.99.0', '20.19', false],
    ['1.11.0', '1.11.0', true],
    ['1.12.0-beta1', '1.11.0', true],
    ['1.10.5', '1.11.0', false],
  ])('compares %s with the minimum %s: %s', (version, min, expected) => {
    expect(isAtLeast(version, min)).toBe(expected)
  })

  it('reports a Node version that is too old, and accepts this one', () => {
    expect(nodeProblem('18.0.0')).toContain('Node.js 18.0.0 is too old: >=20.19 is required')
    expect(nodeProblem(process.versions.node)).toBeUndefined()
  })

  it('finds the version of Terraform after a warning', () => {
    expect(terraformVersion('Warning: no such file\n{\n  "terraform_version": "1.11.4",\n')).toBe(
      '1.11.4',
    )
    expect(terraformVersion('Terraform v1.11.4')).toBeUndefined()
  })
})
