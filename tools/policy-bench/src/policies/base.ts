import type { Declaration } from '../declaration'
import type { Policy, PolicyName } from '../policy'
import type { ServiceLoad } from '../scenario'

/** What most people do: a base on demand, the rest on Spot, and no controller. */
function base(name: PolicyName, share: number): Policy {
  return { name, declare: (service) => declareBase(service, share) }
}

function declareBase({ desiredCount }: ServiceLoad, share: number): Declaration {
  return {
    strategy: [
      {
        capacityProvider: 'FARGATE',
        base: Math.max(1, Math.round(desiredCount * share)),
        // A provider with the weight 0 places no tasks. With 1 to 1000, all tasks above the base go to Spot.
        weight: 1,
      },
      { capacityProvider: 'FARGATE_SPOT', weight: 1000 },
    ],
  }
}

export const bases: readonly Policy[] = [
  base('base-25', 0.25),
  base('base-50', 0.5),
  base('base-75', 0.75),
]
