import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from '@swc/core'
import { configureGlobal, readConfigureGlobal } from 'fast-check'
import * as deployment from '../src/deployment'
import * as deregistration from '../src/deregistration'
import * as observation from '../src/observation'
import * as pair from '../src/pair'
import * as requests from '../src/requests'
import * as starts from '../src/starts'
import * as tags from '../src/tags'
import * as targets from '../src/targets'
import { checkDeregistrations, type DeregistrationModule } from './deregistration-laws'
import {
  checkAutoscaling,
  checkConvergence,
  checkEveryDecision,
  checkHold,
  checkOrderOfEvidence,
  checkRisk,
  type Decide,
} from './invariants'
import { checkLostNotices, type Observe } from './notice-laws'
import { type AlertsModule, checkNotifications } from './notification-laws'

/** What the changed sources import. */
const modules: Readonly<Record<string, object>> = {
  './deployment': deployment,
  './deregistration': deregistration,
  './observation': observation,
  './pair': pair,
  './requests': requests,
  './starts': starts,
  './tags': tags,
  './targets': targets,
}
const sourceOf = (file: string) => readFileSync(join(__dirname, '../src', file), 'utf8')
const decideSource = sourceOf('decide.ts')
const alertsSource = sourceOf('alerts.ts')
const observeSource = sourceOf('observe.ts')
const deregistrationSource = sourceOf('deregistration.ts')

/** The exports of a module with one change of its source. */
function changed<Exports>(source: string, rule: string, replacement: string): Partial<Exports> {
  if (source.split(rule).length !== 2)
    throw new Error(`the source must contain this exactly once: ${rule}`)
  const { code } = transformSync(source.replace(rule, replacement), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  })
  const module = { exports: {} }
  new Function('module', 'exports', 'require', code)(module, module.exports, (id: string) => {
    if (modules[id] === undefined) throw new Error(`add ${id} to the modules of this test`)
    return modules[id]
  })
  return module.exports
}

/** `decide` with one change of its source. */
function mutated(rule: string, replacement: string): Decide {
  const { decide } = changed<{ decide: Decide }>(decideSource, rule, replacement)
  if (decide === undefined) throw new Error('the changed source does not export decide')
  return decide
}

/** `observe` with one change of its source. */
function observeChanged(rule: string, replacement: string): Observe {
  const { observe } = changed<{ observe: Observe }>(observeSource, rule, replacement)
  if (observe === undefined) throw new Error('the changed source does not export observe')
  return observe
}

/** What must be true of `decide`, with enough cases that each change below is found. */
const laws: Readonly<Record<string, (decide: Decide, portion?: number) => void>> = {
  'of every decision': (decide, portion = 1) => checkEveryDecision(decide, 10_000 * portion),
  'of the order of evidence': (decide, portion = 1) => checkOrderOfEvidence(decide, 1000 * portion),
  'of convergence': (decide, portion = 1) => checkConvergence(decide, 300 * portion),
  'of a hold': (decide, portion = 1) => checkHold(decide, 300 * portion),
  'of risk': (decide, portion = 1) => checkRisk(decide, 300 * portion),
  'of autoscaling': (decide, portion = 1) => checkAutoscaling(decide, 100 * portion),
}

// A fixed seed: whether the invariants detect a change must not depend on the histories drawn.
// No search for the smallest case: nobody reads it.
const before = readConfigureGlobal()
beforeAll(() => configureGlobal({ ...before, seed: 20_261_121, endOnFailure: true }))
afterAll(() => configureGlobal(before ?? {}))

describe('a law fails when decide no longer', () => {
  it.each([
    [
      'of every decision',
      'covers only a Spot shortage',
      'isSpotShort ? missingCounted : 0',
      'missingCounted',
    ],
    [
      'of every decision',
      'counts a notice as evidence',
      'primary.interrupted > 0 ? now : latest',
      'latest',
    ],
    [
      'of every decision',
      'counts an interrupted task as missing',
      'Math.max(0, desired - (running - interrupted))',
      'Math.max(0, desired - running)',
    ],
    [
      'of every decision',
      'drops evidence that is too old',
      'now - at <= evidenceSeconds * 1000',
      'true',
    ],
    [
      'of every decision',
      'ignores evidence from before the primary was at full strength',
      'spotShortAt > (fullStrengthAt ?? -1)',
      'true',
    ],
    [
      'of every decision',
      'waits for the stabilization window',
      'remaining > 0 || highest >= has',
      'highest >= has',
    ],
    [
      'of every decision',
      'remembers the highest need in the window',
      'Math.max(...needs.map(({ count }) => count))',
      '0',
    ],
    [
      'of every decision',
      'requires tasks that serve',
      'Math.max(missingCounted, notServing ?? 0)',
      'missingCounted',
    ],
    [
      'of every decision',
      'keeps the standby while health is unknown',
      'keep >= has || notServing === undefined',
      'keep >= has',
    ],
    [
      'of every decision',
      'restarts the window when the shortage grows',
      "memories[standby.name] = { ...remembered, lower: undefined }\n      reasons.add('cover')\n      return want",
      "memories[standby.name] = remembered\n      reasons.add('cover')\n      return want",
    ],
    [
      'of every decision',
      'respects the maximum of a standby',
      'const max = Math.min(policy.maxStandby, primary.desired)\n  const missing',
      'const max = primary.desired\n  const missing',
    ],
    [
      'of every decision',
      'respects the desired count of the primary',
      'const max = Math.min(policy.maxStandby, primary.desired)\n  const missing',
      'const max = policy.maxStandby\n  const missing',
    ],
    [
      'of every decision',
      'clears the standby of a primary that is gone',
      "if (primary.status === 'gone')",
      'if (false)',
    ],
    [
      'of every decision',
      'clears the standby of a paused primary',
      'if (primary.desired <= 0)',
      'if (primary.desired < -9)',
    ],
    [
      'of every decision',
      'covers every missing task',
      'const want = Math.min(rest, max)',
      'const want = Math.min(rest, max, 1)',
    ],
    ['of every decision', 'keeps to the maximum price', 'excess > 0', 'false'],
    [
      'of every decision',
      'reports that the price caps cover',
      "if (isCapped) alerts.push('cover-capped')",
      '',
    ],
    [
      'of every decision',
      'removes no more than the price requires',
      'Math.min(count, excess)',
      'count',
    ],
    [
      'of every decision',
      'lowers no standby for another one that it raises',
      '(desired[index] ?? 0) - standby.desired)',
      '0)',
    ],
    ['of every decision', 'gives a reason', "if (reasons.size === 0) reasons.add('calm')", ''],
    [
      'of the order of evidence',
      'uses the latest evidence, in whatever order it arrives',
      '.map(({ at }) => Math.min(at, now))))',
      '.map(({ at }) => Math.min(at, now)).slice(0, 1)))',
    ],
    [
      'of convergence',
      'fails back',
      "reasons.add('fail-back')\n    return highest\n",
      'return has\n',
    ],
    ['of a hold', 'holds', "if (policy.mode === 'hold')", 'if (false)'],
    ['of a hold', 'alerts in a hold', 'missingOf(primary), memory)', '0, memory)'],
    [
      'of a hold',
      'alerts in a force',
      'missingOf(primary), memory, isCapped)',
      '0, memory, false)',
    ],
    ['of risk', 'keeps a reserve', 'Math.max(notNeeded, reserve)', 'notNeeded'],
    ['of risk', 'counts the tasks on demand in the reserve', ') - onDemand)', '))'],
    [
      'of risk',
      'counts a loss in several steps once',
      'isKnown || preferenceRules',
      'preferenceRules',
    ],
    [
      'of risk',
      'forgets old losses',
      'now - at < 1000 * preferenceRules[prefer].maxReserveSeconds',
      'at <= now',
    ],
    [
      'of risk',
      'keeps a reserve longer after several losses',
      'reserveSecondsPerLoss * losses.length',
      'reserveSecondsPerLoss',
    ],
    [
      'of risk',
      'keeps no reserve where nothing is lost at a notice',
      'losesAtNotice === false || isOver',
      'isOver',
    ],
    ['of risk', 'ends the reserve', 'losesAtNotice === false || isOver', 'losesAtNotice === false'],
    [
      'of autoscaling',
      'limits growth in a shortage',
      'Math.max(growthFactor * growth.from, smallGrowth)',
      'desired',
    ],
    [
      'of autoscaling',
      'counts growth up to a factor at once',
      'Math.max(growthFactor * growth.from, smallGrowth)',
      'growth.from',
    ],
    [
      'of autoscaling',
      'waits until autoscaling could have lowered the count',
      'now - reachedAt < scaleInMilliseconds',
      'false',
    ],
  ])('%s: %s', (law, _, rule, replacement) => {
    expect(() => laws[law]?.(mutated(rule, replacement))).toThrow()
  })

  // The other tests of the invariants have more cases.
  it.each(Object.entries(laws))('%s: but not for the unchanged source', (_, check) => {
    const unchanged = mutated('export function decide(', 'export function decide(')
    expect(() => check(unchanged, 0.1)).not.toThrow()
  })
})

describe('the laws of notifications fail when a record no longer', () => {
  it.each([
    ['keeps what is pending', '...pending,', ''],
    [
      'keeps the beginning of an alert that is over',
      '...pending,',
      '...pending.filter(({ alert }) => names.includes(alert)),',
    ],
    [
      'keeps when an alert began',
      'active[alert] ?? { beganAt: at, version }',
      '{ beganAt: at, version }',
    ],
    ['has a new id for a new beginning', 'beganAt, version, change]', 'change]'],
    ['has ids that differ within a millisecond', 'beganAt, version, change]', 'beganAt, change]'],
    ['has an id for the end', 'beganAt, version, change]', 'beganAt, version]'],
    ['reports the end', '...over.map(', '...over.slice(1).map('],
    ['reports the beginning once', '=> active[alert] === undefined', '=> alert'],
    ['lists what was published', 'next === undefined ||', ''],
  ])('%s', (_, rule, replacement) => {
    const module = changed<AlertsModule>(alertsSource, rule, replacement) as AlertsModule
    expect(() => checkNotifications(module, 1000)).toThrow()
  })
})

describe('the law of lost notices fails when observe no longer', () => {
  it.each([
    ['looks for them beside other notices', 'signals.some(isNewNotice) ||', ''],
    [
      'looks for them in a shortage without missing tasks',
      '|| (isSpotShort && remaining >= primary.desired)',
      '',
    ],
    ['needs a reason', '(isSpotShort && remaining >= primary.desired)', 'isSpotShort'],
    ['ignores known notices', 'record.interruptedTasks[taskArn] === undefined', 'true'],
    ['knows that tasks run on demand', 'remaining > onDemandTasks(primary, settings) &&', ''],
    [
      'counts tasks that it finds',
      'runningWithNotice.length, unlisted)',
      'runningWithNotice.length, 0)',
    ],
    ['counts pending tasks as listed', 'primary.pending -', '0 -'],
  ])('%s', async (_, rule, replacement) => {
    await expect(checkLostNotices(observeChanged(rule, replacement), 300)).rejects.toThrow()
  })

  it('but not for the unchanged source', async () => {
    const observe = observeChanged(
      'export async function observe(',
      'export async function observe(',
    )
    await expect(checkLostNotices(observe, 300)).resolves.not.toThrow()
  })
})

describe('the laws of deregistration fail when', () => {
  const changedBy = (rule: string, replacement: string) =>
    changed<DeregistrationModule>(deregistrationSource, rule, replacement) as DeregistrationModule

  it.each([
    ['nothing waits', 'isReplaced || now >= lastSafeMoment(noticeAt, rules)', 'true'],
    [
      'healthy replacements do not count',
      'isReplaced || now >= lastSafeMoment(noticeAt, rules)',
      'now >= lastSafeMoment(noticeAt, rules)',
    ],
    [
      'the last safe moment does not count',
      'isReplaced || now >= lastSafeMoment(noticeAt, rules)',
      'isReplaced',
    ],
    [
      'a running replacement counts as healthy',
      'healthy !== undefined && healthy >= needed',
      'running >= needed',
    ],
    ['the slowest request has no time', ' + rules.slowestRequestSeconds', ''],
    ['the delays have no time', ' - propagation - reserve', ''],
    ['a short life is treated as a long one', 'lifeSeconds(rules) < seconds.start', 'false'],
    ['a long life is treated as a short one', 'lifeSeconds(rules) < seconds.start', 'true'],
    ['the stopTimeout does not count', 'Math.min(noticeSeconds, stopSeconds)', 'noticeSeconds'],
    ['the notice of an instance stops its tasks', 'return areOnInstances', 'return false'],
    ['a task that leaves serves', "rules.atNotice === 'leave'", 'false'],
    ['a target is deregistered again', 'filter(({ isRegistered }) => isRegistered)', 'slice()'],
    ['nothing comes back', '.filter(({ isScheduled }) => !isScheduled)', '.slice(0, 0)'],
    ['the first of the times does not count', 'Math.min(...times)', 'Math.max(...times)'],
    ['replacements that run are not awaited', 'times.push(seconds.health)', 'times.push()'],
    ['health is not read for replacements', 'running >= needed || notice', 'notice'],
    [
      'health is not read at the last safe moment',
      'running >= needed || noticeTimes.some((at) => now >= lastSafeMoment(at, rules))',
      'running >= needed',
    ],
  ])('%s', (_, rule, replacement) => {
    const module = changedBy(rule, replacement)
    expect(() => checkDeregistrations(module, 2000)).toThrow()
  })

  it('but not for the unchanged source', () => {
    const module = changedBy('export function dependsOnHealth(', 'export function dependsOnHealth(')
    expect(() => checkDeregistrations(module, 2000)).not.toThrow()
  })
})
