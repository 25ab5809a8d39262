import { type Policy, spot } from '../policy'

const share = 0.25

/**
 * Without a controller, and with a quarter more tasks on Spot than needed, at least one. ECS spreads them over the
 * zones, so the surplus carries the load while one zone is short. A shortage of all zones takes it too.
 */
export const surplus: Policy = {
  name: 'surplus',
  declare: ({ desiredCount }) => ({
    strategy: spot,
    surplus: Math.max(1, Math.ceil(desiredCount * share)),
  }),
}
