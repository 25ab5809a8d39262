import type { StackName } from '../stacks'
import { compute } from './compute'
import type { Contract } from './contract'
import { data } from './data'
import { edge } from './edge'
import { network } from './network'

/** One contract for each producing stack. */
export const contracts = { network, data, compute, edge } as const satisfies Record<
  StackName,
  Contract
>
