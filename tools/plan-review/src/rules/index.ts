import { accessRules } from './access'
import { lossRules } from './loss'
import type { Rule } from './rule'
import { spotRules } from './spot'
import { trafficRules } from './traffic'

export { isWorse, type Rule, type Severity, severities } from './rule'

/** Every rule that looks at one change. The worst first, and of those in the order of the files. */
export const rules: readonly Rule[] = [...lossRules, ...accessRules, ...trafficRules, ...spotRules]
