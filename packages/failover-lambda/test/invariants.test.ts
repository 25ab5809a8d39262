import { decide } from '../src/decide'
import { checkConvergence, checkEveryDecision, checkHold, checkOrderOfEvidence } from './invariants'

const runs = 20_000

describe('the laws of decide hold in every random history:', () => {
  it('bounds, evidence, health, dwell, cover at once', () => checkEveryDecision(decide, runs))
  it('evidence has no order', () => checkOrderOfEvidence(decide, runs))
  it('calm ends the cover', () => checkConvergence(decide, runs / 10))
  it('hold changes nothing', () => checkHold(decide, runs))
})
