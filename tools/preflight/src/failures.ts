import { isCredentialError, isDenied, messageOf } from '@tideway/constructs/aws-errors'
import { GhError } from './gh'

/** A call of AWS that failed, and the IAM action that allows it. */
export class AwsCallError extends Error {
  override readonly name: string = 'AwsCallError'

  constructor(
    readonly action: string,
    readonly code: string,
    override readonly cause: unknown,
  ) {
    super(`${action}: ${code}: ${messageOf(cause)}`)
  }
}

export class AccessDeniedError extends AwsCallError {
  override readonly name = 'AccessDeniedError'
}

export function awsCallError(action: string, cause: unknown): Error {
  const code = cause instanceof Error ? cause.name : 'Error'
  return isDenied(code)
    ? new AccessDeniedError(action, code, cause)
    : new AwsCallError(action, code, cause)
}

/** The code of AWS for a failed call: `NoSuchBucket`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof AwsCallError ? error.code : undefined
}

/** Why a check could not be made, in one line. */
export function describeFailure(error: unknown): string {
  if (error instanceof AccessDeniedError) {
    const [, policy] =
      /explicit deny in an? ((?:service|resource) control policy)/.exec(error.message) ?? []
    if (policy !== undefined) {
      return `access denied: a ${policy} of the organization denies ${error.action}`
    }
    return `access denied: the credentials need ${error.action} (npm run preflight -- --policy)`
  }
  if (error instanceof GhError) return error.message
  if (!(error instanceof AwsCallError)) return `the check failed: ${messageOf(error)}`
  const { action, code, cause } = error
  if (isCredentialError(code)) return `no valid credentials (${code})`
  if (code === 'TimeoutError' || code === 'AbortError') return `${action}: no answer in time`
  const status = statusOf(cause)
  if (code === 'SyntaxError' || code === 'NotImplemented' || status === 404 || status === 501) {
    return `${action}: the API is missing at this endpoint (${code})`
  }
  return `${action}: ${code}: ${messageOf(cause)}`
}

/** The HTTP status of a failed call, where the error has no code of the service. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !/^(Unknown|UnknownError|Error)$/.test(error.name)) return
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  return $metadata?.httpStatusCode
}
