import type { Policy } from '../policy'
import { allOnDemand } from './all-on-demand'
import { bases } from './base'
import { ecsOnly } from './ecs-only'
import { flip } from './flip'
import { limit } from './limit'
import { oracle } from './oracle'
import { reactive } from './reactive'
import { seed } from './seed'
import { surplus } from './surplus'
import { tideway, tidewayAvailability, tidewayCost } from './tideway'

/** In the order of the tables. */
export const policies: readonly Policy[] = [
  ecsOnly,
  ...bases,
  surplus,
  seed,
  flip,
  reactive,
  tideway,
  tidewayAvailability,
  tidewayCost,
  allOnDemand,
  oracle,
  limit,
]
