import { isObject, isString, type Problem, stackNames } from '@tideway/constructs'
import { type PermissionFields, permissionProblems } from './permissions'
import {
  backlogs,
  deadLettersOf,
  ownResourceProblems,
  ownResources,
  partOf,
  type ResourceFields,
  type ResourceKind,
  topicOf,
  variableOf,
} from './resources'
import { type DependencyFields, resourceUses, useProblems } from './uses'
import type { VariableFields } from './variables'

interface Definition extends DependencyFields, PermissionFields, ResourceFields, VariableFields {
  readonly runs: string
}

type Services = Readonly<Record<string, Definition>>

/** The physical names that the platform has itself, by kind, without the environment. */
const taken: Readonly<Record<ResourceKind, RegExp>> = {
  bucket: /^(assets|logs|state|state-log)$/,
  queue: /^(work|failover-(reconcile|drain))(-dead-letters)?$/,
  topic: new RegExp(`^(${stackNames.join('|')})-alarms$`),
  table: /^failover$/,
}

/** The problems of the resources, dependencies and permissions of all services, which can name each other's resources. */
export function resourceProblems(services: Services, pathOf: (name: string) => string): Problem[] {
  const has = (service: string, kind: ResourceKind, name: string) => {
    const definition = Object.hasOwn(services, service) ? services[service] : undefined
    return definition && ownResources(definition).some((it) => it.kind === kind && it.name === name)
  }
  const parts = new Map<string, string>()
  return Object.entries(services).flatMap(([service, definition]) => {
    const path = pathOf(service)
    const own = ownResourceProblems(path, definition)
    return [
      ...own,
      ...useProblems(path, service, definition.uses, has),
      ...permissionProblems(path, definition),
      ...variableProblems(path, definition),
      ...nameProblems(path, service, definition, parts),
      ...backlogProblems(path, definition),
      ...(own.length === 0 ? subscriptionProblems(path, service, services) : []),
    ]
  })
}

/** Variables of a container that name resources. */
function resourceVariables({ uses, ...own }: ResourceFields & DependencyFields): string[] {
  return [
    ...ownResources(own).map(({ kind, name }) => variableOf(kind, name)),
    ...(Array.isArray(uses) ? resourceUses(uses) : []).map(({ kind, name, service }) =>
      variableOf(kind, name, service),
    ),
  ]
}

function variableProblems(path: string, definition: Definition): Problem[] {
  const { uses, environment, secrets }: Partial<Record<keyof Definition, unknown>> = definition
  const resources = resourceVariables(definition)
  const others = [
    ...(Array.isArray(uses) && uses.includes('work-queue') ? [variableOf('queue', 'work')] : []),
    ...[environment, secrets].filter(isObject).flatMap(Object.keys),
  ]
  const repeated = resources.filter(
    (name, index) => others.includes(name) || resources.indexOf(name) !== index,
  )
  return [...new Set(repeated)].map((got) => ({
    path,
    must: 'give each resource that the tasks use a variable of its own: this one is set twice',
    got,
    fix: 'Rename the resource, or the variable in environment or secrets.',
  }))
}

function backlogProblems(path: string, definition: Definition): Problem[] {
  if (definition.runs === 'always') return []
  return backlogs(definition).map(([name, got]) => ({
    path: `${path}.queues.${name}.backlogPerTask`,
    must: 'be for services only: the schedule decides when a scheduled task runs',
    got,
    fix: "Remove it, or use runs: 'always'.",
  }))
}

/** Physical names join the service and the resource with a hyphen, which both may contain. */
function nameProblems(
  path: string,
  service: string,
  definition: ResourceFields,
  parts: Map<string, string>,
): Problem[] {
  return ownResources(definition).flatMap(({ kind, name }) => {
    const part = partOf(service, name)
    const all = kind === 'queue' ? [part, deadLettersOf(part)] : [part]
    const at = `${path}.${kind}s.${name}`
    const other = all
      .map((each) => (taken[kind].test(each) ? 'the platform' : parts.get(`${kind} ${each}`)))
      .find((each) => each !== undefined)
    for (const each of all) parts.set(`${kind} ${each}`, at)
    if (other === undefined) return []
    const must = `have a name of its own: ${other} has ${part} too`
    return [{ path: at, must, got: name, fix: 'Rename it.' }]
  })
}

function subscriptionProblems(path: string, service: string, services: Services): Problem[] {
  return Object.entries(services[service]?.queues ?? {}).flatMap(([name, queue]) => {
    const seen = new Set<string>()
    return (queue.subscribesTo ?? []).flatMap((reference): Problem[] => {
      const { service: owner, topic } = topicOf(reference, service)
      const problem = (must: string, fix: string) => [
        { path: `${path}.queues.${name}.subscribesTo`, must, got: reference, fix },
      ]
      const id = `${owner} ${topic}`
      if (seen.has(id)) return problem('name each topic once', 'Remove the duplicate.')
      seen.add(id)
      const topics = Object.hasOwn(services, owner) ? services[owner]?.topics : undefined
      const published = isObject(topics) && Object.hasOwn(topics, topic) && topics[topic]
      if (!published) {
        return problem(
          `name topics that exist: ${owner} has no topic ${topic}`,
          isString(reference) ? 'Add it to topics.' : `Add it to the topics of ${owner}.`,
        )
      }
      return queue.fifo === true && published.fifo !== true
        ? problem(
            'name fifo topics: SNS does not send messages of other topics to a fifo queue',
            'Set fifo for both, or for neither.',
          )
        : []
    })
  })
}
