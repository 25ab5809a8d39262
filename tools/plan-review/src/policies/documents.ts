import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  listIn,
  textIn,
  textOf,
  textsOf,
} from '../json'
import { limitsCallers } from './conditions'
import { everything } from './patterns'
import { policyIn, readPolicy, type Statement } from './statements'

/** Every policy in a resource, by the path of its attribute: `policy`, `inline_policy.logs`. */
export function policiesIn(values: JsonObject, type = ''): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>()
  const granted = grantIn(type, values)
  if (granted !== undefined) found.set('', granted)
  const visit = (value: Json, path: string, isPolicy: boolean): void => {
    if (isList(value)) {
      for (const item of value) {
        const name = textIn(item, 'name')
        visit(item, name === undefined ? path : `${path}.${name}`, isPolicy)
      }
      return
    }
    const document =
      isObject(value) || (typeof value === 'string' && isPolicy && /"statement"/i.test(value))
        ? isPolicy && policyIn(value)
        : undefined
    if (document) found.set(unused(found, path), document)
    else if (isObject(value))
      for (const [key, item] of Object.entries(value))
        visit(item, path === '' ? key : `${path}.${key}`, isPolicy || isPolicyName(type, key))
  }
  visit(values, '', false)
  return found
}

const isPolicyName = (type: string, name: string) =>
  /polic|document|permission|statement|grants/i.test(name) ||
  (type.startsWith('aws_organizations_') && name === 'content')

function unused(found: ReadonlyMap<string, unknown>, path: string): string {
  if (!found.has(path)) return path
  for (let index = 2; ; index++) if (!found.has(`${path}#${index}`)) return `${path}#${index}`
}

/** A resource that is itself a permission: who, what, and the conditions by attribute. */
interface Grant {
  readonly principals: string
  readonly actions: string
  readonly resource?: string
  readonly conditions?: Readonly<Record<string, string>>
}

const grants: Readonly<Record<string, Grant>> = {
  aws_lambda_permission: {
    principals: 'principal',
    actions: 'action',
    resource: 'function_name',
    conditions: {
      source_arn: 'AWS:SourceArn',
      source_account: 'AWS:SourceAccount',
      principal_org_id: 'aws:PrincipalOrgID',
      event_source_token: 'lambda:EventSourceToken',
    },
  },
  aws_lambda_layer_version_permission: {
    principals: 'principal',
    actions: 'action',
    resource: 'layer_name',
    conditions: { organization_id: 'aws:PrincipalOrgID' },
  },
  aws_cloudwatch_event_permission: {
    principals: 'principal',
    actions: 'action',
    resource: 'event_bus_name',
    conditions: { condition: 'aws:PrincipalOrgID' },
  },
  aws_kms_grant: {
    principals: 'grantee_principal',
    actions: 'operations',
    resource: 'key_id',
    conditions: { constraints: 'kms:EncryptionContext' },
  },
  aws_acmpca_permission: {
    principals: 'principal',
    actions: 'actions',
    resource: 'certificate_authority_arn',
  },
  aws_signer_signing_profile_permission: {
    principals: 'principal',
    actions: 'action',
    resource: 'profile_name',
  },
  aws_vpc_endpoint_service: { principals: 'allowed_principals', actions: '' },
  aws_vpc_endpoint_service_allowed_principal: {
    principals: 'principal_arn',
    actions: '',
    resource: 'vpc_endpoint_service_id',
  },
  aws_ram_principal_association: {
    principals: 'principal',
    actions: '',
    resource: 'resource_share_arn',
  },
}

export const isGrant = (type: string) => Object.hasOwn(grants, type)

function grantIn(type: string, values: JsonObject): JsonObject | undefined {
  if (type === 'aws_opensearchserverless_access_policy') return dataAccess(values.policy)
  const grant = isGrant(type) ? grants[type] : undefined
  if (grant === undefined) return undefined
  const principals = textsOf(values[grant.principals]).filter((name) => name !== '')
  if (principals.length === 0) return undefined
  const service = type.split('_')[1] ?? ''
  const names = textsOf(values[grant.actions]).filter((name) => name !== '')
  const conditions = Object.entries(grant.conditions ?? {}).flatMap(([attribute, key]) => {
    const value = values[attribute]
    const isEmpty = value === undefined || value === null || value === ''
    return isEmpty || (isList(value) && value.length === 0) ? [] : [[key, textOf(value)]]
  })
  const services = principals.filter((name) => /\.amazonaws\.com(\.cn)?$/.test(name))
  return {
    Statement: {
      Effect: 'Allow',
      Action:
        names.length === 0
          ? 'use'
          : names.map((name) => (name.includes(':') ? name : `${service}:${name}`)),
      Resource: grant.resource === undefined ? '*' : (values[grant.resource] ?? '*'),
      Principal: {
        ...(services.length > 0 && { Service: services }),
        AWS: principals.filter((name) => !services.includes(name)),
      },
      ...(conditions.length > 0 && { Condition: { StringLike: Object.fromEntries(conditions) } }),
    },
  }
}

/** The policies of OpenSearch Serverless have a form of their own. */
function dataAccess(policy: Json | undefined): JsonObject | undefined {
  if (typeof policy !== 'string') return undefined
  let rules: unknown
  try {
    rules = JSON.parse(policy)
  } catch {
    return undefined
  }
  if (!isList(rules)) return undefined
  return {
    Statement: rules.flatMap((rule) =>
      listIn(rule, 'Rules').map((inner) => ({
        Effect: 'Allow',
        Principal: { AWS: listIn(rule, 'Principal') },
        Action: listIn(inner, 'Permission'),
        Resource: listIn(inner, 'Resource'),
      })),
    ),
  }
}

/** Whether anyone matches a statement: no condition says who calls. */
export const isForAnyone = ({ isDeny, principals, clauses }: Statement) =>
  !isDeny &&
  principals.some(({ isNot, patterns }) => isNot || patterns.includes(everything)) &&
  !clauses.some(limitsCallers)

/** Whether a policy allows public access. */
export const isPublic = (policy: Json | undefined) =>
  readPolicy(policyIn(policy)).statements.some(isForAnyone)
