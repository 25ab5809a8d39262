import type { Policy } from '../policy'
import { allOnDemand } from './all-on-demand'
import { ecsOnly } from './ecs-only'
import { flip } from './flip'
import { oracle } from './oracle'
import { seed } from './seed'
import { tideway } from './tideway'

/** In the order of the tables. */
export const policies: readonly Policy[] = [ecsOnly, seed, flip, tideway, allOnDemand, oracle]
