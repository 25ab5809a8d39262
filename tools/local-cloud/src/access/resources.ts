import { unknownPart } from '@tideway/constructs/iam-evaluator'
import { lastPart } from '../delivery/deployed'
import { account } from '../patches/account'
import { type ScalableTarget, scalableTargetArn } from '../scaling/deployed-scaling'
import type { IamAction, ResourceType } from './iam-actions'
import { type Input, type Operation, textsIn } from './operations'

/**
 * The ARNs that a call is authorized on, from the forms of ARNs in the IAM data. A part that the request does not show,
 * such as the id of a resource that it creates, is `unknownPart`.
 */
export function resourcesOf(
  { action, resourceTypes }: IamAction,
  operation: Operation,
  accountId: string,
): string[] {
  if (resourceTypes.length === 0) return ['*']
  const typed = resourceTypes.filter(({ name }) => isOfType(operation, name))
  const types =
    typed.length > 0 ? typed : resourceTypes.filter((type) => isCalled(type, action, operation))
  const texts = textsIn(operation.input)
  const arns = types.map((type) => texts.filter((text) => patternOf(type.arn).test(text)))
  const hasArn = arns.some(({ length }) => length > 0)
  const named = types.map((type, index) => {
    const found = arns[index] ?? []
    // A call that names its resource by ARN does not name another kind by a default.
    if (found.length > 0 || (hasArn && !type.isRequired)) return found
    return namedResources(type, operation, accountId)
  })
  const families = new Set(
    types.flatMap((type, index) => (isKnown(named[index]) ? [familyOf(type)] : [])),
  )
  const resources = types.flatMap((type, index) => {
    const found = named[index] ?? []
    // The data requires each kind of load balancer, and a call names one.
    if (isKnown(found)) return found
    return type.isRequired && !families.has(familyOf(type)) ? found : []
  })
  if (resources.length === 0) return [someResourceOf(action)]
  return [...new Set(resources.map((arn) => withLogStreams(arn, action)))]
}

const logGroup = /^(arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]*)(:\*)?$/

/** The IAM data does not say it: AWS asks for a log group with its streams, unless the call is about tags. */
function withLogStreams(arn: string, action: string): string {
  const [, group] = logGroup.exec(arn) ?? []
  if (group === undefined) return arn
  return /tag(sFor)?Resource$/i.test(action) ? group : `${group}:log-stream:`
}

/** Stands for any resource of the service of an action. */
export function someResourceOf(action: string): string {
  return `arn:aws:${action.split(':')[0]}:${unknownPart}`
}

function isKnown(arns: readonly string[] = []): boolean {
  return arns.length > 0 && arns.every((arn) => !arn.includes(unknownPart))
}

function familyOf({ name }: ResourceType): string {
  return name.split('/')[0] ?? name
}

/** A query of an index does not read the table itself, and a rule is on one bus. */
function isCalled({ name }: ResourceType, action: string, { input }: Operation): boolean {
  if (action.startsWith('dynamodb:') && input.IndexName !== undefined) return name === 'index'
  return name !== 'rule-on-custom-event-bus' || (input.EventBusName ?? 'default') !== 'default'
}

/** Some calls name the type of their resource. */
function isOfType({ input }: Pick<Operation, 'input'>, type: string): boolean {
  return String(input.ResourceType).toLowerCase() === type.toLowerCase()
}

const variable = /\$\{(\w+)\}/g

function patternOf(arn: string): RegExp {
  const parts = arn.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'))
  const names = [...arn.matchAll(variable)].map(([, name = '']) => name)
  const groups = names.map((name, index) => {
    if (['Partition', 'Region', 'Account'].includes(name)) return '[^:]*'
    return index === names.length - 1 ? '.+' : '[^:/]+'
  })
  return new RegExp(`^${parts.map((part, index) => part + (groups[index] ?? '')).join('')}$`)
}

/** One ARN for each value of the parameter that names the resources. */
function namedResources(
  { name: type, arn }: ResourceType,
  operation: Operation,
  accountId: string,
): string[] {
  const fixed: Readonly<Record<string, string>> = {
    Partition: 'aws',
    Region: account.region,
    Account: accountId,
  }
  const names = [...arn.matchAll(variable)].map(([, name = '']) => name)
  const own = names.filter((name) => fixed[name] === undefined)
  const values = own.map((name) => valuesOf(name, type, operation, own.length > 1))
  const count = Math.max(1, ...values.map(({ length }) => length))
  return Array.from({ length: count }, (_, index) => {
    const named = arn.replace(variable, (_whole, name: string) => {
      const given = values[own.indexOf(name)] ?? []
      return fixed[name] ?? given[Math.min(index, given.length - 1)] ?? unknownPart
    })
    // Public parameters belong to no account.
    return named.replace(/:\d+:(parameter\/aws\/service\/)/, '::$1')
  })
}

/** The values of the parameter for a variable of an ARN: `ClusterName` is `cluster`, `QueueName` is `QueueUrl`. */
function valuesOf(
  name: string,
  type: string,
  { name: operation, input }: Operation,
  isPart: boolean,
): string[] {
  const noun = name.replace(/(Name|Identifier|Id|Arn|Url)([A-Z].*)?$/, '') || type
  const suffixes = ['Name', 'Identifier', 'Id', 'Arn', 'Url', '', 's', 'Names', 'Ids']
  const isOfOperation = operation.toLowerCase().replace(/s$/, '').endsWith(noun.toLowerCase())
  const candidates = [
    name,
    ...suffixes.map((suffix) => noun + suffix),
    ...suffixes.map((suffix) => `Target${noun}${suffix}`),
    ...(isOfOperation ? ['Name', 'Id', 'Identifier', 'Names', 'Ids'] : []),
    ...(isOfType({ input }, type) ? ['ResourceId'] : []),
    ...(noun === 'Table' ? ['RequestItems'] : []),
    ...(noun === 'Object' ? ['Key'] : []),
  ]
  if (type === 'ScalableTarget' && input.ResourceId !== undefined) {
    return [lastPart(scalableTargetArn(input as unknown as ScalableTarget))]
  }
  const value = candidates.map((each) => valueNamed(input, each)).find((each) => each !== undefined)
  if (value === undefined) return defaults[name] ?? []
  return listOf(value).flatMap((each) => {
    const text = String(each)
    if (name === 'Scope') return text === 'CLOUDFRONT' ? 'global' : 'regional'
    if (/^https?:/.test(text)) return text.split('/').at(-1) ?? text
    if (text.startsWith('arn:')) return isPart ? (text.split('/').at(-1) ?? text) : []
    const path = noun === 'Role' ? String(input.Path ?? '/').slice(1) : ''
    const start = name.endsWith('WithoutLeadingSlash') ? /^\// : new RegExp(`^/?${type}/`, 'i')
    return path + (noun === 'Object' ? text : text.replace(start, ''))
  })
}

const defaults: Readonly<Record<string, string[]>> = {
  ClusterName: ['default'],
  GroupName: ['default'],
}

function valueNamed(input: Input, name: string): unknown {
  return Object.entries(input).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.keys(value) : [value]
}
