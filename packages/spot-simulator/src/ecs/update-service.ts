import { AwsError } from '../endpoint'
import type { EcsContext } from './context'
import type { LoadBalancer } from './deployment'
import type { Service } from './service'
import type { ServiceControl } from './service-control'
import type { StrategyItem } from './strategy'

export interface UpdateServiceInput {
  readonly cluster?: string
  readonly service?: string
  readonly desiredCount?: number
  readonly forceNewDeployment?: boolean
  readonly capacityProviderStrategy?: readonly StrategyItem[]
  readonly taskDefinition?: string
  readonly loadBalancers?: readonly LoadBalancer[]
}

/** UpdateService: rejects the whole call as AWS does, or applies all of it. */
export function updateService(
  service: Service,
  input: UpdateServiceInput,
  known: ReadonlySet<string>,
  context: EcsContext,
  control: ServiceControl,
): void {
  if (service.status !== 'ACTIVE') {
    throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
  }
  checkCount(input.desiredCount)
  if (service.controller === 'CODE_DEPLOY') checkCodeDeploy(input)
  const { release } = service.primary
  const strategy = input.capacityProviderStrategy
  if (strategy !== undefined) checkStrategy(strategy, known)
  if (strategy !== undefined && !input.forceNewDeployment && !isSame(strategy, release.strategy)) {
    reject(
      'When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment.',
    )
  }
  const taskDefinition =
    input.taskDefinition === undefined
      ? release.taskDefinition
      : context.arns.taskDefinition(input.taskDefinition)
  const next = {
    taskDefinition,
    strategy: strategy ?? release.strategy,
    loadBalancers: input.loadBalancers ?? release.loadBalancers,
  }
  // The count first: the new deployment starts with it.
  if (input.desiredCount !== undefined) control.setDesiredCount(service, input.desiredCount)
  if (input.forceNewDeployment || !isSame(next, release)) control.deploy(service, next)
  for (const observer of context.observers) observer.written?.(service)
}

function reject(message: string): never {
  throw new AwsError('InvalidParameterException', message)
}

export function checkCount(desiredCount: number | undefined): void {
  if (desiredCount === undefined || (Number.isInteger(desiredCount) && desiredCount >= 0)) return
  reject('Desired count must be a whole number of at least 0.')
}

function checkCodeDeploy(input: UpdateServiceInput): void {
  const suffix =
    'on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.'
  if (input.forceNewDeployment) reject(`Cannot force a new deployment ${suffix}`)
  if (input.taskDefinition !== undefined) reject(`Unable to update task definition ${suffix}`)
  if (input.loadBalancers !== undefined) reject(`Unable to update load balancers ${suffix}`)
  if (input.capacityProviderStrategy !== undefined) {
    reject(`Unable to update capacity provider strategy ${suffix}`)
  }
}

export function checkStrategy(strategy: readonly StrategyItem[], known: ReadonlySet<string>): void {
  const names = strategy.map(({ capacityProvider }) => capacityProvider)
  const missing = names.find((name) => !known.has(name))
  if (missing !== undefined) reject(`The specified capacity provider '${missing}' was not found.`)
  if (strategy.length > 20) reject('A strategy can have at most 20 capacity providers.')
  if (new Set(names).size < names.length) reject('A capacity provider can be named once only.')
  const onFargate = names.filter((name) => name === 'FARGATE' || name === 'FARGATE_SPOT').length
  if (onFargate > 0 && onFargate < names.length) {
    reject(
      'A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate capacity providers.',
    )
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    reject('A capacity provider strategy can have one base only.')
  }
  if (strategy.some(({ weight = 0 }) => !(weight >= 0 && weight <= 1000))) {
    reject('The weight of a capacity provider must be from 0 to 1000.')
  }
  if (strategy.length > 0 && strategy.every(({ weight = 0 }) => weight === 0)) {
    reject(
      'A capacity provider strategy must have at least one capacity provider with a weight above 0.',
    )
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

/** Sorts keys and drops undefined and 0, so that equal settings have the same JSON. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined && item !== 0)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
