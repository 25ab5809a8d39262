import type { Block } from '@tideway/constructs/testing'

/** What somebody asks of AWS. */
export interface Request {
  readonly action: string
  readonly resource: string
  /** Condition keys and their values. */
  readonly context?: Readonly<Record<string, string>>
}

/** Whether IAM grants a request by these statements of identity policies: an explicit deny wins. */
export function allows(statements: readonly Block[], request: Request): boolean {
  const effects = statements
    .filter((statement) => applies(statement, request))
    .map(({ Effect }) => Effect)
  return effects.includes('Allow') && !effects.includes('Deny')
}

function applies(statement: Block, { action, resource, context = {} }: Request): boolean {
  const { Action, NotAction, Resource, Condition = {} } = statement
  // Neither a missing element nor another one may pass for one that matches everything.
  if ((Action === undefined) === (NotAction === undefined) || Resource === undefined) {
    throw new Error(`cannot tell what this statement is about: ${JSON.stringify(statement)}`)
  }
  const named = some(Action ?? NotAction, action.toLowerCase(), (text) => text.toLowerCase())
  return (
    named === (Action !== undefined) &&
    some(Resource, resource) &&
    Object.entries<Block>(Condition).every(([operator, keys]) => holds(operator, keys, context))
  )
}

function holds(operator: string, keys: Block, context: Readonly<Record<string, string>>): boolean {
  if (operator !== 'StringEquals') throw new Error(`cannot evaluate ${operator}`)
  return Object.entries(keys).every(([key, wanted]) =>
    [wanted].flat().some((value) => value === context[key]),
  )
}

function some(
  patterns: string | string[],
  value: string,
  adjust = (text: string) => text,
): boolean {
  return [patterns].flat().some((pattern) => {
    const literals = adjust(pattern)
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    return new RegExp(`^${literals.join('.*')}$`).test(value)
  })
}
