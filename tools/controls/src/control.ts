import type { Platform, Resource } from './platform'

/** What is wrong with a resource, in a few words, or nothing. */
export type Fault = string | false | undefined

/** One public rule, by the id that its authors gave it. */
export interface Control {
  readonly id: string
  /** What it asks for. */
  readonly asks: string
  readonly looksAt: readonly string[]
  /**
   * Which of them.
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
    .of(...control.looksAt)
    .filter((resource) => control.where?.(resource, platform) ?? true)
  const findings = resources.flatMap((resource) => {
    const fault = control.fault(resource, platform)
    return fault ? [{ resource, fault }] : []
  })
  return { control, resources, findings }
}
