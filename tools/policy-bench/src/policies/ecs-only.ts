import { type Policy, spot } from '../policy'

/** No controller: ECS asks Spot again and again, with its own backoff, and nobody helps. */
export const ecsOnly: Policy = { name: 'ecs-only', strategy: spot }
