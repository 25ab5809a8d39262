import { accessRules } from './access'
import { guardRules } from './guards'
import { lossRules } from './loss'
import type { Rule } from './rule'
import { spotRules } from './spot'
import { storeRules } from './stores'
import { trafficRules } from './traffic'

export { type Rule, rank, type Severity, severities } from './rule'

/** Every rule, in the order of the files. */
export const rules: readonly Rule[] = [
  ...lossRules,
  ...storeRules,
  ...accessRules,
  ...guardRules,
  ...trafficRules,
  ...spotRules,
]
