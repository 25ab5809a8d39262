import { onDemand, type Policy } from '../policy'

/** Without Spot: no shortfall and no savings. */
export const allOnDemand: Policy = {
  name: 'all-on-demand',
  declare: () => ({ strategy: onDemand }),
}
