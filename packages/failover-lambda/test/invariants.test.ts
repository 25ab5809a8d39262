import { decide } from '../src/decide'
import { checkConvergence, checkEveryDecision, checkHold, checkOrderOfEvidence } from './invariants'

const runs = 20_000

describe('decide keeps its invariants in random histories:', () => {
  it('bounds, evidence, health, stabilization window, immediate cover', () =>
    checkEveryDecision(decide, runs))
  it('the order of evidence does not matter', () => checkOrderOfEvidence(decide, runs))
  it('calm ends cover', () => checkConvergence(decide, runs / 10))
  it('hold changes nothing', () => checkHold(decide, runs))
})
