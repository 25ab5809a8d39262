import type { Construct, IConstruct } from 'constructs'
import { checkedName, type NamedType } from './names'
import { throwIfInvalid } from './problems'

/** What a construct needs to know of the account and the stack that it is deployed to. */
export interface DeploymentContext {
  readonly account: string
  readonly region: string
  /** The beginning of all names, such as `tideway-dev`. */
  readonly prefix: string
  /** The stack, in names that would otherwise be taken by other stacks. @default none */
  readonly stack?: string
  /** The upper limit of every role. @default none */
  readonly permissionsBoundaryArn?: string
  /** Enables deletion protection and `prevent_destroy` on resources with data. */
  readonly protectData: boolean
  readonly logRetentionDays: number
  /** The addresses that alarms are e-mailed to. @default none */
  readonly alarmEmails?: readonly string[]
  /** The address of the folder with a page for each alarm, without a slash at the end. @default alarms have no link */
  readonly runbooks?: string
  /** For resources that AWS creates itself, such as instances: the provider does not tag them. */
  readonly defaultTags: Readonly<Record<string, string>>
  /** Whether clients use plain HTTP, as with an emulator. */
  readonly allowsPlainHttp: boolean
}

/** The context of each construct that has its own, and the construct that has each name in it, by type and name. */
const contexts = new WeakMap<
  IConstruct,
  { readonly context: DeploymentContext; readonly namedBy: Map<string, string> }
>()

/** Sets the context of a construct and of all constructs in it. */
export function setContext(construct: IConstruct, context: DeploymentContext): void {
  const namedBy = hasContext(construct) ? foundContext(construct).namedBy : new Map()
  contexts.set(construct, { context, namedBy })
}

/** The context of a construct: that of the stack, or of the closest construct that has its own. */
export function contextOf(construct: IConstruct): DeploymentContext {
  return foundContext(construct).context
}

export function hasContext(construct: IConstruct): boolean {
  return construct.node.scopes.some((scope) => contexts.has(scope))
}

function foundContext(construct: IConstruct) {
  for (const scope of construct.node.scopes.toReversed()) {
    const found = contexts.get(scope)
    if (found !== undefined) return found
  }
  throw new Error(
    `${construct.node.path} must be in a stack with a deployment context: a TidewayStack, or one given to setContext`,
  )
}

/** `<prefix>-<part>`, checked against the limits of the type and the other names of the stack. */
export function resourceName(construct: Construct, type: NamedType, part: string): string {
  const { context, namedBy } = foundContext(construct)
  const { path } = construct.node
  const name = checkedName(context.prefix, type, part, path)
  const other = namedBy.get(`${type} ${name}`) ?? path
  namedBy.set(`${type} ${name}`, other)
  const must = `be unique in its stack, and ${other} has it`
  const fix = `Rename "${part}".`
  if (other !== path) throwIfInvalid([{ path: `${path} (name of ${type})`, must, got: name, fix }])
  return name
}

/** A part of a name that is unique in the account: with the stack before it. */
export function partInAccount(construct: Construct, part: string): string {
  const { stack } = contextOf(construct)
  return stack === undefined ? part : `${stack}-${part}`
}
