import type { StackName } from '../stacks'
import { compute } from './compute/outputs'
import type { Contract } from './contract'
import { data } from './data/outputs'
import { edge } from './edge/outputs'
import { network } from './network/outputs'

export type { ContractField } from './contract'

/** One contract for each stack. */
export const contracts = {
  network,
  data,
  compute,
  edge,
} as const satisfies Record<StackName, Contract>
