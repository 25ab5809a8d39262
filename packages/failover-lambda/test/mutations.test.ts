import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from '@swc/core'
import { configureGlobal, readConfigureGlobal } from 'fast-check'
import * as observation from '../src/observation'
import {
  checkConvergence,
  checkEveryLook,
  checkHold,
  checkOrderOfEvidence,
  type Decide,
} from './laws'

const source = readFileSync(join(__dirname, '../src/decide.ts'), 'utf8')

/** The control law with one rule broken. */
function broken(rule: string, instead: string): Decide {
  if (source.split(rule).length !== 2) throw new Error(`not there exactly once: ${rule}`)
  const { code } = transformSync(source.replace(rule, instead), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  })
  const module = { exports: {} as { decide?: Decide } }
  new Function('module', 'exports', 'require', code)(module, module.exports, () => observation)
  if (module.exports.decide === undefined) throw new Error('no decide')
  return module.exports.decide
}

function checkLaws(decide: Decide): void {
  checkEveryLook(decide, 3000)
  checkOrderOfEvidence(decide, 1000)
  checkConvergence(decide, 300)
  checkHold(decide, 300)
}

// That the laws can notice is the question here, and not whether they happen to: they are tried on the same
// histories each time.
const before = readConfigureGlobal()
beforeAll(() => configureGlobal({ ...before, seed: 20_261_121 }))
afterAll(() => configureGlobal(before ?? {}))

describe('the laws notice when decide no longer', () => {
  it.each([
    ['covers only a Spot shortage', 'shortage ? missing : 0', 'missing'],
    ['takes a notice for a sign', 'primary.doomed > 0 ? now : latest', 'latest'],
    [
      'counts a doomed task as missing',
      'const missing = Math.max(0, primary.desired - (primary.running - primary.doomed))',
      'const missing = Math.max(0, primary.desired - primary.running)',
    ],
    ['forgets signs that are too old', 'now - at <= evidenceSeconds * 1000', 'true'],
    ['forgets signs from before the primary was whole', 'spotShortAt > (wholeAt ?? -1)', 'true'],
    [
      'takes the latest sign, in whatever order they come',
      '.map(({ at }) => Math.min(at, now))))',
      '.map(({ at }) => Math.min(at, now)).slice(0, 1)))',
    ],
    ['waits for the dwell', 'if (left > 0) {', 'if (left > 0 && left < 0) {'],
    [
      'remembers the most that was needed in the dwell',
      'Math.max(...needs.map(({ count }) => count))',
      '0',
    ],
    ['asks for tasks that serve', 'Math.max(missing, notServing ?? 0)', 'missing'],
    [
      'keeps what it has where health is unknown',
      'keep >= has || notServing === undefined',
      'keep >= has',
    ],
    [
      'starts the dwell anew when the shortage grows',
      "states[standby.name] = { ...state, lower: undefined }\n      reasons.add('cover')\n      return want",
      "states[standby.name] = state\n      reasons.add('cover')\n      return want",
    ],
    [
      'keeps to the most that a standby may have',
      'const limit = Math.min(policy.maxStandby, primary.desired)\n  const missing',
      'const limit = primary.desired\n  const missing',
    ],
    [
      'keeps to what the primary wants',
      'const limit = Math.min(policy.maxStandby, primary.desired)\n  const missing',
      'const limit = policy.maxStandby\n  const missing',
    ],
    ['leaves nothing of a primary that is gone', "if (primary.status === 'gone')", 'if (false)'],
    [
      'leaves nothing of a primary that is paused',
      'if (primary.desired <= 0)',
      'if (primary.desired < -9)',
    ],
    ['holds', "if (policy.mode === 'hold')", 'if (false)'],
    ['gives back at all', "reasons.add('give-back')\n    return most\n", 'return has\n'],
    [
      'covers all that is missing',
      'const want = Math.min(rest, most)',
      'const want = Math.min(rest, most, 1)',
    ],
    ['gives a reason', "if (reasons.size === 0) reasons.add('calm')", ''],
  ])('%s', (_, rule, instead) => {
    expect(() => checkLaws(broken(rule, instead))).toThrow()
  })

  it('is broken at all: the source as it stands keeps them', () => {
    expect(() =>
      checkLaws(broken('export function decide(', 'export function decide(')),
    ).not.toThrow()
  })
})
