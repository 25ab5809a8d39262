import { destroyRules } from './destroys'
import { exposureRules } from './exposure'
import { guardRules } from './guards'
import { lossRules } from './loss'
import { permissionRules } from './permissions'
import type { Rule } from './rule'
import { spotRules } from './spot'
import { storeRules } from './stores'
import { trafficRules } from './traffic'
import { unreadableRules } from './unreadable'

export { type Plan, type Rule, rank, type Severity, severities } from './rule'

/** Every rule, in the order of the files. */
export const rules: readonly Rule[] = [
  ...unreadableRules,
  ...destroyRules,
  ...lossRules,
  ...storeRules,
  ...permissionRules,
  ...exposureRules,
  ...guardRules,
  ...trafficRules,
  ...spotRules,
]
