import type { Check } from '../check'
import type { Context } from '../context'
import { identityChecks, type identityOf, serviceLinkedRoleChecks, shieldCheck } from './account'
import { costCheck } from './cost'
import { dnsChecks } from './dns'
import { ecsSettingChecks } from './ecs-settings'
import { githubChecks } from './github'
import { instanceChecks, instanceTypes } from './instances'
import { quotaChecks } from './quotas'
import { stateChecks } from './state'

/** Every line of the report, in its order. */
export function allChecks(context: Context, identity: ReturnType<typeof identityOf>): Check[] {
  const types = instanceTypes(context)
  return [
    ...identityChecks(context, identity),
    ...quotaChecks(context, types),
    ...serviceLinkedRoleChecks(context),
    ...instanceChecks(context),
    ...dnsChecks(context),
    ...ecsSettingChecks(context, types),
    ...stateChecks(context),
    ...githubChecks(context),
    shieldCheck(context),
    costCheck(context),
  ]
}
