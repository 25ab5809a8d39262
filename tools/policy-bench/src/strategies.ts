import type { StrategyItem } from '@tideway/spot-simulator'

/** In a scenario with its own strategies, it stands for the one of each service. */
export const spot: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]
export const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]
