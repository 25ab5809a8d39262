import type { Check } from './control'
import type { Resource } from './platform'
import { type Statement, statementsOf } from './policies'
import { isBlock, isOn, isSet, parsed, type Values, valueAt } from './values'

export function mustBeOn(path: string): Check {
  return ({ values }) => !isOn(valueAt(values, path)) && `${path} is off`
}

export function mustBeOff(path: string): Check {
  return ({ values }) => isOn(valueAt(values, path)) && `${path} is on`
}

export function mustBeSet(path: string): Check {
  return ({ values }) => !isSet(valueAt(values, path)) && `no ${path}`
}

/** @param awsDefault what AWS uses if the attribute is not set */
export function mustBeOneOf(path: string, allowed: readonly string[], awsDefault?: string): Check {
  return ({ values }) => {
    const set = valueAt(values, path)
    const value = String(isSet(set) ? set : awsDefault)
    return !allowed.includes(value) && `${path} is ${value}, not ${allowed.join(' or ')}`
  }
}

export function mustMatch(path: string, pattern: RegExp): Check {
  return ({ values }) => {
    const value = String(valueAt(values, path))
    return !pattern.test(value) && `${path} is ${value}`
  }
}

/** @param awsDefault what AWS uses if the attribute is not set */
export function mustBeAtLeast(path: string, min: number, awsDefault?: number): Check {
  return ({ values }) => {
    const value = valueAt(values, path) ?? awsDefault
    return !(Number(value) >= min) && `${path} is ${value}, less than ${min}`
  }
}

/** Runs the check of a setting only where the value at another path is set. */
export function where(path: string, check: Check): Check {
  return (resource, platform) => isSet(valueAt(resource.values, path)) && check(resource, platform)
}

/** Requires a resource of another type that references the checked one, such as a flow log for a VPC. */
export function mustBeReferencedBy(type: string, attribute: string): Check {
  return (resource, platform) =>
    platform.referrers(resource, type, attribute).length === 0 && `no ${type} references it`
}

/** The attribute that most types use for their policy. */
export const ownPolicy = ({ values }: Resource) => [values.policy]

/** Checks each statement of the policies of a resource. An unreadable policy is a violation. */
export function inEachStatement(
  policiesOf: (resource: Resource) => readonly unknown[],
  violationOf: (statement: Statement) => string | false,
): Check {
  return (resource, platform) => {
    const policies = policiesOf(resource).map((policy) =>
      statementsOf(platform, resource.stack, policy),
    )
    const unreadable = policies.includes(undefined) ? ['the policy cannot be read'] : []
    const violations = policies.flatMap((statements = []) => statements.map(violationOf))
    return [...new Set([...unreadable, ...violations.filter(Boolean)])].join('; ')
  }
}

/** Checks each container of a task definition. Unreadable containers are a violation. */
export function inEachContainer(violationOf: (container: Values) => string | false): Check {
  return ({ values }) => {
    const containers = parsed(values.container_definitions)
    if (!Array.isArray(containers) || !containers.some(isBlock)) {
      return 'container_definitions cannot be read'
    }
    return containers
      .filter(isBlock)
      .map((container) => [container.name, violationOf(container)])
      .filter(([, violation]) => violation)
      .map((parts) => parts.join(': '))
      .join('; ')
  }
}
