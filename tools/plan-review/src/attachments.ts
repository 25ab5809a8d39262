import type { Change } from './change'
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  listIn,
  objectIn,
  textOf,
  textsOf,
} from './json'
import { oncePerPlan, type Plan } from './rules/rule'

/** The security groups that the resources of a plan name: by id, or by address where the id is not known yet. */
interface Groups {
  /** Groups of anything but load balancers. */
  readonly ofOthers: ReadonlySet<string>
  /** The groups of each rule that is a resource of its own, by its address in the code. */
  readonly ofRules: ReadonlyMap<string, readonly string[]>
}

const isBalancer = (type: string) => /^aws_(lb|alb|elb)$/.test(type)
const isRule = (type: string) => /^aws_(\w*security_group\w*_rule|security_group_rule)$/.test(type)
const isGroup = (type: string) => /^aws_(default_)?security_group$/.test(type)
const namesGroups = /(^|_)security_groups?(_ids?)?$/

/** Whether something other than a load balancer has the security group of a change. */
export function isGroupOfOthers(change: Change, id: string | undefined, plan: Plan): boolean {
  const { ofOthers, ofRules } = groupsIn(plan)
  const address = inCode(change.address)
  const groups = isGroup(change.type) ? [address] : (ofRules.get(address) ?? [])
  return [...(id === undefined ? [] : [id]), ...groups].some((group) => ofOthers.has(group))
}

const groupsIn = oncePerPlan((plan): Groups => {
  const ofOthers = new Set<string>()
  const ofRules = new Map<string, readonly string[]>()
  for (const { type, action, after } of plan.changes)
    if (action !== 'delete' && !isBalancer(type) && !isGroup(type) && !isRule(type))
      for (const value of valuesOf(after, namesGroups))
        for (const id of textsOf(value)) ofOthers.add(id.toLowerCase())
  for (const module of modulesIn(objectIn(plan.configuration, 'root_module')))
    for (const resource of listIn(module.json, 'resources')) {
      const { type, address, expressions } = isObject(resource) ? resource : {}
      const name = textOf(type ?? '')
      if (isBalancer(name) || isGroup(name)) continue
      const names = isRule(name) ? /^security_group_id$/ : namesGroups
      const groups = valuesOf(expressions, names).flatMap((each) => groupsNamed(each, module))
      if (isRule(name)) ofRules.set(`${module.prefix}${textOf(address ?? '')}`, groups)
      else for (const group of groups) ofOthers.add(group)
    }
  return { ofOthers, ofRules }
})

/** `[0]`, or `["name"]` with any brackets and quotes in the name. */
const inCode = (address: string) => address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, '')

/** The values of the attributes with a name, at any depth. */
function valuesOf(value: Json | undefined, names: RegExp): Json[] {
  if (isList(value)) return value.flatMap((item) => valuesOf(item, names))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    names.test(name) ? [inner] : valuesOf(inner, names),
  )
}

interface Module {
  readonly prefix: string
  readonly json: JsonObject
  readonly call: JsonObject
  readonly parent: Module | undefined
}

function modulesIn(
  json: JsonObject,
  call: JsonObject = {},
  prefix = '',
  parent?: Module,
): Module[] {
  const module = { prefix, json, call, parent }
  return [
    module,
    ...Object.entries(objectIn(json, 'module_calls')).flatMap(([name, inner]) =>
      isObject(inner)
        ? modulesIn(objectIn(inner, 'module'), inner, `${prefix}module.${name}.`, module)
        : [],
    ),
  ]
}

/** The groups that an expression refers to, also through the variables and the outputs of modules. */
function groupsNamed(expression: Json | undefined, module: Module, seen = new Set<string>()) {
  const groups: string[] = []
  for (const text of listIn(expression, 'references').map((each) => inCode(textOf(each)))) {
    const [first = '', name = '', output] = text.split('.')
    const key = `${module.prefix}${text}`
    if (seen.has(key)) continue
    seen.add(key)
    if (isGroup(first)) groups.push(`${module.prefix}${first}.${name}`)
    else if (first === 'var' && module.parent !== undefined)
      groups.push(...groupsNamed(objectIn(module.call, 'expressions')[name], module.parent, seen))
    else if (first === 'module' && output !== undefined) {
      const call = objectIn(objectIn(module.json, 'module_calls'), name)
      const json = objectIn(call, 'module')
      const child = { prefix: `${module.prefix}module.${name}.`, json, call, parent: module }
      const value = objectIn(objectIn(json, 'outputs'), output).expression
      groups.push(...groupsNamed(value, child, seen))
    }
  }
  return groups
}
