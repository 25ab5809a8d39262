import type { Finding, Result } from './control'
import type { Exceptions } from './exceptions'

export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'accepted'; readonly because: string; readonly since: string }
  | { readonly kind: 'not applicable'; readonly because: string }
  | { readonly kind: 'nothing'; readonly because: string }
  | { readonly kind: 'FAIL'; readonly because: readonly string[] }

export interface Judged {
  readonly result: Result
  readonly verdict: Verdict
}

/**
 * The verdict of a control. A control without resources to check does not pass, and an exception that is no longer
 * needed fails.
 *
 * @param isWhole whether these are all stacks; with only some of them, a control may have nothing to check
 */
export function judge(result: Result, exceptions: Exceptions, isWhole: boolean): Verdict {
  const { control, resources, findings } = result
  const notApplicable = exceptions.notApplicable.find((entry) => entry.control === control.id)
  const accepted = exceptions.accepted.filter((entry) => entry.control === control.id)
  const open = findings.filter(({ resource }) =>
    accepted.every((entry) => !entry.resources.includes(resource.path)),
  )
  const stale = accepted
    .flatMap((entry) => entry.resources)
    .filter((path) => findings.every(({ resource }) => resource.path !== path))

  const faults = open.map(describe)
  if (notApplicable !== undefined && resources.length > 0) {
    faults.push(
      `listed as not applicable, but applies to ${resources.length} resources: remove it from the list`,
    )
  }
  if (isWhole) {
    faults.push(
      ...stale.map((path) => `${path}: accepted, but has no fault: remove it from the list`),
    )
  }
  if (faults.length > 0) return { kind: 'FAIL', because: faults }
  if (notApplicable !== undefined) return { kind: 'not applicable', because: notApplicable.because }
  if (resources.length === 0) {
    const because = `there is no ${control.types.join(' or ')} to check`
    return isWhole
      ? { kind: 'FAIL', because: [`${because}: add one, or list why there is none`] }
      : { kind: 'nothing', because }
  }
  const [first] = accepted
  if (findings.length > 0 && first !== undefined) {
    return { kind: 'accepted', because: first.because, since: first.since }
  }
  return { kind: 'pass' }
}

function describe({ resource, fault }: Finding): string {
  return `${resource.path}: ${fault}`
}
