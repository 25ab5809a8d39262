import type { Change } from '../change'
import { isObject, textIn, valueIn } from '../json'
import { memoized } from '../memo'
import { awsKinds } from './aws'
import { azurermKinds } from './azurerm'
import { googleKinds } from './google'
import type { Kind, Role } from './kind'
import { kubernetesKinds } from './kubernetes'
import { otherKinds } from './others'
import { guessedFrom } from './words'

export type { Kind, Role } from './kind'

interface Table {
  readonly exact: ReadonlyMap<string, Kind>
  readonly globs: readonly { readonly pattern: RegExp; readonly kind: Kind }[]
}

function tableOf(text: string): Table {
  const exact = new Map<string, Kind>()
  const globs: { pattern: RegExp; kind: Kind }[] = []
  for (const line of text.trim().split('\n')) {
    const [head = '', label = '', types = ''] = line.split(': ')
    if (types === '') continue
    const [role = '', flags = ''] = head.split(', ')
    const kind: Kind = {
      role: role as Role,
      label,
      isPart: role === 'glue' || flags.includes('part'),
      isCalm: role === 'glue' || flags.includes('calm'),
      handsOver: flags.includes('handover'),
      isInstance: flags.includes('instance'),
      isKnown: true,
    }
    const patterns: string[] = []
    for (const type of types.split(' ')) {
      if (type.includes('*')) patterns.push(type.replaceAll('*', '.*'))
      else if (!exact.has(type)) exact.set(type, kind)
    }
    if (patterns.length > 0) globs.push({ pattern: new RegExp(`^(${patterns.join('|')})$`), kind })
  }
  return { exact, globs }
}

const texts: Readonly<Record<string, string>> = {
  aws: awsKinds,
  azurerm: azurermKinds,
  google: googleKinds,
  kubernetes: kubernetesKinds,
}
const tableFor = memoized((provider) => tableOf(texts[provider] ?? otherKinds))

const maxTypeLength = 100

/** The kind of a type, or nothing if neither a table nor the words of the name say it. */
const kindOfType = memoized((type): Kind | undefined => {
  if (type.length > maxTypeLength) return undefined
  const [provider = '', ...words] = type.split('_')
  const isListed = Object.hasOwn(texts, provider)
  const table = tableFor(isListed ? provider : '')
  const full = words.join('_')
  const name = !isListed
    ? type
    : provider === 'kubernetes'
      ? full.replace(/_v\d+((alpha|beta)\d+)?(?=$|_data$)/, '')
      : full
  const exact = table.exact.get(name)
  if (exact !== undefined) return exact
  const glob = table.globs.find(({ pattern }) => pattern.test(name))?.kind
  if (glob !== undefined && glob.role !== 'glue') return glob
  // A pattern of glue covers a whole service: its newer types can still hold data.
  return guessedFrom(type) ?? glob
})

/** The kind of the resource that changes. */
export function kindOf(change: Change): Kind | undefined {
  return kindOfType(typeOf(change))
}

/** Whether the rules know the type of a change. */
export const isKnownType = (change: Change) => kindOf(change)?.isKnown ?? false

const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()

/** The type of a change. A few types hold any kind of resource, and name it in an attribute. */
function typeOf({ type, before, after, action }: Change): string {
  const values = action === 'create' ? after : before
  if (type === 'kubernetes_manifest' || type === 'kubectl_manifest') {
    const manifest = [values.manifest, values.object, values].find(
      (each) => isObject(each) && typeof valueIn(each, 'kind') === 'string',
    )
    const kind = textIn(manifest, 'kind')
    return kind === undefined ? type : `kubernetes_${snake(kind)}`
  }
  if (type === 'aws_cloudcontrolapi_resource') {
    const [, service = '', name = ''] = (textIn(values, 'type_name') ?? '').split('::')
    return name === '' ? type : `aws_${service.toLowerCase()}_${snake(name)}`
  }
  if (type === 'azapi_resource') {
    const name = /([A-Za-z]+)@/.exec(textIn(values, 'type') ?? '')?.[1]
    return name === undefined ? type : `azapi_${snake(name.replace(/s$/, ''))}`
  }
  return type.startsWith('awscc_') ? type.replace('awscc_', 'aws_') : type
}
