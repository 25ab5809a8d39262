import { passedCheck, type TaskReply } from '../tasks/program'
import type { TargetGroup } from './deployed-path'
import type { PathRequest, PathResponse } from './request'

export interface HealthCheckRequest {
  readonly port: number
  readonly timeoutSeconds: number
  readonly request: PathRequest
}

/** The failed check of a target, as DescribeTargetHealth shows it. */
export interface HealthCheckFailure {
  /** `Target.ResponseCodeMismatch` */
  readonly reason: string
  /** `Health checks failed with these codes: [404]` */
  readonly description: string
}

/** The check of a target that does not answer, or that the load balancer cannot connect to. */
export const timedOut: HealthCheckFailure = {
  reason: 'Target.Timeout',
  description: 'Request timed out',
}

/** The request with which the load balancer checks a target. */
export function healthCheck(
  { healthCheck: check }: TargetGroup,
  target: { readonly id: string; readonly port: number },
  balancerIp: string,
): HealthCheckRequest {
  const port = check.port === 'traffic-port' ? target.port : check.port
  const isDefaultPort = port === (check.protocol === 'HTTPS' ? 443 : 80)
  return {
    port,
    timeoutSeconds: check.timeoutSeconds,
    request: {
      scheme: check.protocol === 'HTTPS' ? 'https' : 'http',
      host: target.id,
      method: 'GET',
      path: check.path,
      headers: {
        host: isDefaultPort ? target.id : `${target.id}:${port}`,
        connection: 'close',
        'user-agent': 'ELB-HealthChecker/2.0',
      },
      clientIp: balancerIp,
    },
  }
}

/** @returns undefined for a check that passed */
export function failureOf(
  { healthCheck: check, protocolVersion }: TargetGroup,
  reply: TaskReply,
): HealthCheckFailure | undefined {
  if (reply === passedCheck) return undefined
  if (reply.kind === 'response' && reply.seconds > check.timeoutSeconds) return timedOut
  const code = reply.kind === 'response' ? codeOf(reply.response, protocolVersion) : undefined
  if (code === undefined) {
    return { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }
  }
  if (matchesCode(check.matcher, code)) return undefined
  return {
    reason: 'Target.ResponseCodeMismatch',
    description: `Health checks failed with these codes: [${code}]`,
  }
}

/** The code that the matcher is for. A response without one is not gRPC. */
function codeOf(
  { status, headers }: PathResponse,
  version: TargetGroup['protocolVersion'],
): number | undefined {
  if (version !== 'GRPC') return status
  const code = headers['grpc-status']
  return code === undefined ? undefined : Number(code)
}

/** @param matcher `200`, `200,202` or `200-299` */
export function matchesCode(matcher: string, code: number): boolean {
  return matcher.split(',').some((part) => {
    const [from = '', to = from] = part.split('-')
    return code >= Number(from) && code <= Number(to)
  })
}
