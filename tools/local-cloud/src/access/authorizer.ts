import {
  type AccessRequest,
  decisionOf,
  type PolicyDocument,
  unknownPart,
} from '@tideway/constructs/iam-evaluator'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { jsonError, jsonResponse, xmlError, xmlResponse } from '../gateway/aws-response'
import { type ReferredResources, requiredAccess, UnknownAccessError } from './required-access'

/** A caller, and what its role may do. */
export interface Principal {
  readonly roleArn: string
  readonly policies: readonly PolicyDocument[]
  /** The permissions boundary: the most that the policies can allow. */
  readonly boundary?: PolicyDocument | undefined
}

export interface Denial {
  readonly action: string
  readonly resource: string
  /** As AWS says it: `no identity-based policy allows the sqs:SendMessage action`. */
  readonly reason: string
}

export interface Judgement {
  readonly denial?: Denial
  /** What cannot be judged, because it depends on something that the request does not show. */
  readonly unknown: readonly string[]
  readonly required: readonly AccessRequest[]
}

/** Decides whether a role allows a call, by the IAM evaluator. */
export async function judge(
  principal: Principal,
  request: AwsRequest,
  referred: ReferredResources,
): Promise<Judgement> {
  try {
    const accountId = principal.roleArn.split(':')[4]
    const required = await requiredAccess(request, referred, accountId)
    return { ...decide(principal, required), required }
  } catch (error) {
    if (!(error instanceof UnknownAccessError)) throw error
    return { unknown: [error.message], required: [] }
  }
}

/** The first denial of the required access, and what is unknown before it. */
export function decide(
  { policies, boundary }: Principal,
  required: readonly AccessRequest[],
): Omit<Judgement, 'required'> {
  const unknown: string[] = []
  const limits = [
    { documents: policies, kind: 'an identity-based policy', none: 'no identity-based policy' },
    ...(boundary
      ? [{ documents: [boundary], kind: 'a permissions boundary', none: 'no permissions boundary' }]
      : []),
  ]
  for (const access of required) {
    const { action } = access
    const resource = access.resource.replaceAll(unknownPart, '*')
    for (const { documents, kind, none } of limits) {
      const decision = decisionOf(documents, access)
      if (decision === 'unknown') unknown.push(`${action} on ${resource} (by ${kind})`)
      if (decision === 'implicit deny') {
        const reason = `because ${none} allows the ${action} action`
        return { denial: { action, resource, reason }, unknown }
      }
      if (decision === 'explicit deny') {
        return {
          denial: { action, resource, reason: `with an explicit deny in ${kind}` },
          unknown,
        }
      }
    }
  }
  return { unknown }
}

/** The error that AWS returns for a call that is not allowed, in the protocol of the service. */
export function denialResponse(
  { service, headers }: AwsRequest,
  roleArn: string,
  { action, resource, reason }: Denial,
): AwsResponse {
  const message = `User: ${callerOf(roleArn)} is not authorized to perform: ${action} on resource: ${resource} ${reason}`
  if (headers['x-amz-target'] !== undefined) return jsonError('AccessDeniedException', message)
  switch (service) {
    case 'ec2':
      return xmlResponse(
        { Response: { Errors: { Error: { Code: 'UnauthorizedOperation', Message: message } } } },
        403,
      )
    case 's3':
      return xmlResponse({ Error: { Code: 'AccessDenied', Message: message } }, 403)
    case 'lambda':
    case 'scheduler':
      return jsonResponse({ Message: message }, 403, {
        'x-amzn-errortype': 'AccessDeniedException',
      })
    default:
      return xmlError('AccessDenied', message, 403)
  }
}

/** The ARN of a session of the role, as AWS names the caller. */
function callerOf(roleArn: string): string {
  const [, account, name] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?(.+)$/.exec(roleArn) ?? []
  return `arn:aws:sts::${account}:assumed-role/${name}/local`
}
