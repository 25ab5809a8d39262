import { type Policy, spot } from '../policy'

/** Without a controller: ECS retries Spot with its own backoff. */
export const ecsOnly: Policy = { name: 'ecs-only', declare: () => ({ strategy: spot }) }
