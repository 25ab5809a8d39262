import { destroyRules } from './destroys'
import { exposureRules } from './exposure'
import { grantRules } from './grants'
import { guardRules } from './guards'
import { lossRules } from './loss'
import { permissionRules } from './permissions'
import type { Rule } from './rule'
import { scalingRules } from './scaling'
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
  ...grantRules,
  ...exposureRules,
  ...guardRules,
  ...trafficRules,
  ...scalingRules,
  ...spotRules,
]
