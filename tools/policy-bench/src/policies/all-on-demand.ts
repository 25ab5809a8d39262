import { onDemand, type Policy } from '../policy'

/** No Spot at all: nothing is ever missing, and nothing is saved. */
export const allOnDemand: Policy = { name: 'all-on-demand', strategy: onDemand }
