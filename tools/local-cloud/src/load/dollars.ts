import { spotDiscount } from '@tideway/constructs/prices'
import type { Ledger, Service } from '@tideway/spot-simulator'
import { primaryOf } from '../drought/pairs'

export interface Dollars {
  readonly paid: number
  /** What the desired tasks would have cost on demand. */
  readonly allOnDemand: number
}

/** What tasks have cost so far, at the prices in the tags and the discount of Spot that `failover savings` assumes. */
export function dollarsOf(
  ledger: Ledger,
  services: readonly Service[],
  pairOf: (service: Service) => string,
): Dollars {
  const sum = { paid: 0, allOnDemand: 0 }
  for (const service of services) {
    if (primaryOf(service) !== service.name) continue
    const name = pairOf(service)
    const hourly = priceOf(services.filter((each) => pairOf(each) === name))
    const { spotTaskSeconds, onDemandTaskSeconds, desiredTaskSeconds } = ledger.group(name)
    const paidSeconds = spotTaskSeconds * (1 - spotDiscount.fargate) + onDemandTaskSeconds
    sum.paid += (paidSeconds / 3600) * hourly
    sum.allOnDemand += (desiredTaskSeconds / 3600) * hourly
  }
  return sum
}

/** All tasks of a pair have one size, so the first price is that of each. 0 without a price. */
function priceOf(pair: readonly Service[]): number {
  const [price] = pair.flatMap(({ tags }) => tags.get('tideway:task-price') ?? [])
  return Number(price ?? 0) || 0
}
