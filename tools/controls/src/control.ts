import type { Platform, Resource } from './platform'
import { isOn, isSet } from './values'

/** What is wrong with a resource, or nothing. */
export type Fault = string | false | undefined

/** A public security control, with the id of its authors. */
export interface Control {
  readonly id: string
  readonly requires: string
  /** The resource types that it checks. */
  readonly types: readonly string[]
  /**
   * Selects resources of these types.
   * @default all
   */
  readonly where?: (resource: Resource, platform: Platform) => boolean
  readonly fault: (resource: Resource, platform: Platform) => Fault
}

export interface Finding {
  readonly resource: Resource
  readonly fault: string
}

export interface Result {
  readonly control: Control
  readonly resources: readonly Resource[]
  readonly findings: readonly Finding[]
}

export function check(control: Control, platform: Platform): Result {
  const resources = platform
    .of(...control.types)
    .filter((resource) => control.where?.(resource, platform) ?? true)
  const findings = resources.flatMap((resource) => {
    const fault = control.fault(resource, platform)
    return fault ? [{ resource, fault }] : []
  })
  return { control, resources, findings }
}

/** Fails a resource whose attribute is not `true`. */
export function mustBeOn(attribute: string): Control['fault'] {
  return ({ values }) => !isOn(values[attribute]) && `${attribute} is off`
}

/** Fails a resource without the attribute. */
export function mustBeSet(attribute: string): Control['fault'] {
  return ({ values }) => !isSet(values[attribute]) && `no ${attribute}`
}

/** Fails a resource that no resource of the type refers to in the attribute. */
export function mustBeNamedBy(type: string, attribute: string): Control['fault'] {
  return (resource, platform) =>
    platform.about(resource, type, attribute).length === 0 && `no ${type} names it`
}
