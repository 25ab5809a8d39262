import { decide } from '../src'
import { checkConvergence, checkEveryLook, checkHold, checkOrderOfEvidence } from './laws'

const runs = 20_000

describe('the laws of decide hold in every random history:', () => {
  it('bounds, evidence, health, dwell, cover at once', () => checkEveryLook(decide, runs))
  it('evidence has no order', () => checkOrderOfEvidence(decide, runs))
  it('calm ends the cover', () => checkConvergence(decide, runs / 10))
  it('hold changes nothing', () => checkHold(decide, runs))
})
