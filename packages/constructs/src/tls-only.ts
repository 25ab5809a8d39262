import type { Construct } from 'constructs'
import { contextOf } from './deployment-context'
import type { PolicyStatement } from './iam'

/** Denies plain HTTP to everybody, for the policy of a bucket, queue or topic. */
export function tlsOnly(
  scope: Construct,
  action: string,
  resource: string | readonly string[],
): PolicyStatement[] {
  // The emulator uses plain HTTP, so this statement would deny every request.
  if (contextOf(scope).allowsPlainHttp) return []
  return [
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: action,
      Resource: resource,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]
}
