import type { Result } from './control'
import type { Exceptions } from './exceptions'

export interface Verdict {
  readonly kind: 'pass' | 'accepted' | 'not applicable' | 'no resources' | 'FAIL'
  /** One line each for the report. */
  readonly reasons: readonly string[]
  /** The date of an acceptance. */
  readonly since?: string
}

/**
 * A control without resources does not pass, and an exception that is no longer needed fails.
 *
 * @param isComplete whether the platform has all stacks. If not, controls and exceptions may have no resources.
 */
export function verdictOf(result: Result, exceptions: Exceptions, isComplete: boolean): Verdict {
  const { control, resources, findings } = result
  const notApplicable = exceptions.notApplicable[control.id]
  const accepted = exceptions.accepted.filter((entry) => entry.control === control.id)
  const acceptedPaths = accepted.flatMap((entry) => entry.resources)
  const isAccepted = (path: string) => acceptedPaths.some((pattern) => matches(path, pattern))

  const problems = findings
    .filter(({ resource }) => !isAccepted(resource.path))
    .map(({ resource, violation }) => `${resource.path}: ${violation}`)
  if (notApplicable !== undefined && resources.length > 0) {
    problems.push(`not applicable, but applies to ${resources.length}: remove the exception`)
  }
  if (isComplete) {
    // A pattern is for resources that the platform may have.
    const stale = acceptedPaths.filter(
      (path) => !path.includes('*') && findings.every(({ resource }) => resource.path !== path),
    )
    problems.push(...stale.map((path) => `${path}: accepted, but complies: remove the exception`))
  }
  if (problems.length > 0) return { kind: 'FAIL', reasons: problems }
  if (notApplicable !== undefined) return { kind: 'not applicable', reasons: [notApplicable] }
  if (resources.length === 0) {
    const reason = `there is no ${control.resourceTypes.join(' or ')}: add one, or list the control as not applicable`
    return isComplete ? { kind: 'FAIL', reasons: [reason] } : { kind: 'no resources', reasons: [] }
  }
  const [first] = findings.length > 0 ? accepted : []
  return first === undefined
    ? { kind: 'pass', reasons: [] }
    : { kind: 'accepted', reasons: [first.reason], since: first.since }
}

/** Whether a path has the parts of a pattern, of which `*` is any. */
function matches(path: string, pattern: string): boolean {
  const [parts, wanted] = [path.split('/'), pattern.split('/')]
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => part === '*' || part === parts[index])
  )
}
