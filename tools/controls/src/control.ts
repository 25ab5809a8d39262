import type { Platform, Resource } from './platform'

/** Describes the violation. Falsy where the resource complies. */
export type Check = (resource: Resource, platform: Platform) => string | false | undefined

/** One public rule, with the id from its public list. */
export interface Control {
  readonly id: string
  readonly title: string
  readonly resourceTypes: readonly string[]
  /** @default all resources of the types */
  readonly appliesTo?: (resource: Resource, platform: Platform) => boolean
  readonly check: Check
}

export interface Finding {
  readonly resource: Resource
  readonly violation: string
}

export interface Result {
  readonly control: Control
  readonly resources: readonly Resource[]
  readonly findings: readonly Finding[]
}

/** Controls that check the same types of resources, by id. */
export function controlsFor(
  resourceTypes: readonly string[],
  controls: Readonly<Record<string, Omit<Control, 'id' | 'resourceTypes'>>>,
): Control[] {
  return Object.entries(controls).map(([id, control]) => ({ id, resourceTypes, ...control }))
}

export function evaluate(control: Control, platform: Platform): Result {
  const resources = platform
    .ofType(...control.resourceTypes)
    .filter((resource) => control.appliesTo?.(resource, platform) ?? true)
  const findings = resources.flatMap((resource) => {
    const violation = control.check(resource, platform)
    return violation ? [{ resource, violation }] : []
  })
  return { control, resources, findings }
}
