import { block, blocks, isBlock, listOf, parsed, strings, type Values } from './values'

/** The policy that Terraform's data source `aws_iam_policy_document` writes. Undefined where it is unknown. */
export function policyDocumentOf(document: unknown): Values | undefined {
  if (!isBlock(document) || block(document, 'dynamic') !== undefined) return undefined
  const merged = (name: string) =>
    listOf(document[name]).map((policy) => (isBlock(policy) ? policy : parsed(policy)))
  const sources = [...merged('source_policy_documents'), ...merged('override_policy_documents')]
  if (!sources.every(isBlock)) return undefined
  const overrides = merged('override_policy_documents').filter(isBlock).flatMap(statementsIn)
  const replaced = strings(overrides.flatMap(({ Sid }) => listOf(Sid)))
  return {
    Statement: [
      ...[
        ...merged('source_policy_documents').filter(isBlock).flatMap(statementsIn),
        ...blocks(document, 'statement').map(statementOf),
      ].filter(({ Sid }) => !replaced.includes(String(Sid))),
      ...overrides,
    ],
  }
}

const statementsIn = (policy: Values) => blocks(policy, 'Statement')

function statementOf(statement: Values): Values {
  const conditions: Record<string, Record<string, unknown>> = {}
  for (const { test, variable, values } of blocks(statement, 'condition')) {
    conditions[String(test)] = { ...conditions[String(test)], [String(variable)]: values }
  }
  const principals = (name: string) => {
    const entries = blocks(statement, name).map(({ type, identifiers }) => [type, identifiers])
    return entries.length > 0 ? Object.fromEntries(entries) : undefined
  }
  return {
    Sid: statement.sid,
    Effect: statement.effect ?? 'Allow',
    Action: statement.actions,
    NotAction: statement.not_actions,
    Resource: statement.resources,
    NotResource: statement.not_resources,
    Principal: principals('principals'),
    NotPrincipal: principals('not_principals'),
    Condition: conditions,
  }
}
