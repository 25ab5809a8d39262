import * as alerts from '../src/alerts'
import { decide } from '../src/decide'
import * as deregistration from '../src/deregistration'
import { checkDeregistrations } from './deregistration-laws'
import {
  checkAutoscaling,
  checkConvergence,
  checkEveryDecision,
  checkHold,
  checkOrderOfEvidence,
  checkRisk,
} from './invariants'
import { checkNotifications } from './notification-laws'

/** The nightly run has many more. */
const runs = 10_000

describe('decide keeps its invariants in random histories:', () => {
  it('bounds, evidence, health, stabilization window, immediate cover', () =>
    checkEveryDecision(decide, runs))
  it('the order of evidence does not matter', () => checkOrderOfEvidence(decide, runs))
  it('calm ends cover', () => checkConvergence(decide, runs / 10))
  it('autoscaling does not run away', () => checkAutoscaling(decide, runs / 40))
  it('availability keeps a reserve after losses', () => checkRisk(decide, runs / 10))
  it('hold changes nothing', () => checkHold(decide, runs))
})

describe('notifications in random histories', () => {
  it('report each beginning and end of an alert at least once, in order, with one id', () =>
    checkNotifications(alerts, runs / 4))
})

describe('deregistration in random interruptions', () => {
  it('keeps what is needed, is in time, and happens once', () =>
    checkDeregistrations(deregistration, runs / 4))
})
