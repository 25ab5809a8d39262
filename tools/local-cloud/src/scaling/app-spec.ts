import { AwsError, type StrategyItem } from '@tideway/spot-simulator'
import { parse } from 'yaml'
import { type Block, blocks, one } from '../path/blocks'

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

/** @param revision of a CreateDeployment call: an AppSpec in JSON or YAML */
export function appSpecOf(revision: unknown): AppSpec {
  const { revisionType, appSpecContent, string } = one(revision)
  if (revisionType !== 'AppSpecContent' && revisionType !== 'String') {
    throw invalid(`the revision type must be AppSpecContent; got ${revisionType}`)
  }
  const content = one(appSpecContent ?? string).content
  const { Resources, resources = Resources, Hooks, hooks = Hooks } = parsed(String(content ?? ''))
  const [target] = blocks(resources).flatMap((each) => Object.values(each))
  const { Properties, properties = Properties } = one(target)
  const { TaskDefinition, LoadBalancerInfo, CapacityProviderStrategy } = one(properties)
  const { ContainerName, ContainerPort } = one(LoadBalancerInfo)
  if (!TaskDefinition) throw invalid('the AppSpec has no TaskDefinition')
  if (!ContainerName || !Number(ContainerPort)) {
    throw invalid('the LoadBalancerInfo of the AppSpec needs a ContainerName and a ContainerPort')
  }
  const strategy = blocks(CapacityProviderStrategy).map((item) => ({
    capacityProvider: String(item.CapacityProvider),
    base: Number(item.Base ?? 0),
    weight: Number(item.Weight ?? 0),
  }))
  return {
    taskDefinition: String(TaskDefinition),
    containerName: String(ContainerName),
    containerPort: Number(ContainerPort),
    hooks: new Map(
      blocks(hooks).flatMap((hook) =>
        Object.entries(hook).map(([name, functionName]) => [name, String(functionName)] as const),
      ),
    ),
    ...(strategy.length > 0 && { strategy }),
  }
}

/** JSON is YAML too. */
function parsed(content: string): Block {
  try {
    return one(parse(content))
  } catch (error) {
    throw invalid(`the AppSpec is neither JSON nor YAML: ${(error as Error).message}`)
  }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidRevisionException', `${message}.`)
}
