import { decide } from '../src'
import { checkConvergence, checkEveryLook, checkHold, checkOrderOfEvidence } from './laws'

/** How many random histories: TIDEWAY_HISTORIES asks for more. A failure prints the seed that repeats it. */
const runs = Number(process.env.TIDEWAY_HISTORIES ?? 20_000)

describe('the laws of decide hold in every random history:', () => {
  it('bounds, evidence, health, dwell, cover at once', () => checkEveryLook(decide, runs))
  it('evidence has no order', () => checkOrderOfEvidence(decide, runs))
  it('calm ends the cover', () => checkConvergence(decide, runs / 10))
  it('hold changes nothing', () => checkHold(decide, runs))
})
