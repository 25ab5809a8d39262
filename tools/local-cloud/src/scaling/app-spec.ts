import { AwsError, type StrategyItem } from '@tideway/spot-simulator'
import { parse } from 'yaml'

/** The part of an AppSpec for ECS that a release uses. */
export interface AppSpec {
  /** An ARN. */
  readonly taskDefinition: string
  readonly containerName: string
  readonly containerPort: number
  /** Left out: CodeDeploy starts the tasks without one. */
  readonly strategy?: readonly StrategyItem[]
  /** The function of each hook. */
  readonly hooks: ReadonlyMap<string, string>
}

type Block = Readonly<Record<string, unknown>>

/** @param revision of a CreateDeployment call: an AppSpec in JSON or YAML */
export function appSpecOf(revision: unknown): AppSpec {
  const { revisionType, appSpecContent, string } = blockOf(revision)
  if (revisionType !== 'AppSpecContent' && revisionType !== 'String') {
    throw invalid(`the revision type must be AppSpecContent; got ${revisionType}`)
  }
  const content = blockOf(appSpecContent ?? string).content
  const { Resources, resources = Resources, Hooks, hooks = Hooks } = parsed(String(content ?? ''))
  const [target] = listOf(resources).flatMap((each) => Object.values(each))
  const { Properties, properties = Properties } = blockOf(target)
  const { TaskDefinition, LoadBalancerInfo, CapacityProviderStrategy } = blockOf(properties)
  const { ContainerName, ContainerPort } = blockOf(LoadBalancerInfo)
  if (!TaskDefinition) throw invalid('the AppSpec has no TaskDefinition')
  if (!ContainerName || !Number(ContainerPort)) {
    throw invalid('the LoadBalancerInfo of the AppSpec needs a ContainerName and a ContainerPort')
  }
  const strategy = listOf(CapacityProviderStrategy).map((item) => ({
    capacityProvider: String(item.CapacityProvider),
    base: Number(item.Base ?? 0),
    weight: Number(item.Weight ?? 0),
  }))
  return {
    taskDefinition: String(TaskDefinition),
    containerName: String(ContainerName),
    containerPort: Number(ContainerPort),
    hooks: new Map(
      listOf(hooks).flatMap((hook) =>
        Object.entries(hook).map(([name, functionName]) => [name, String(functionName)] as const),
      ),
    ),
    ...(strategy.length > 0 && { strategy }),
  }
}

/** JSON is YAML too. */
function parsed(content: string): Block {
  try {
    return blockOf(parse(content))
  } catch (error) {
    throw invalid(`the AppSpec is neither JSON nor YAML: ${(error as Error).message}`)
  }
}

function blockOf(value: unknown): Block {
  return typeof value === 'object' && value !== null ? (value as Block) : {}
}

function listOf(value: unknown): Block[] {
  return Array.isArray(value) ? value.map(blockOf) : []
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidRevisionException', `${message}.`)
}
