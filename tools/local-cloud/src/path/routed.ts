import type { TaskReply } from '../tasks/program'
import type { PathProblem, PathRequest, PathResponse } from './request'

/** A registered target of a target group. */
export interface PathTarget {
  readonly id: string
  readonly port: number
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused'
  /** When the state began, in milliseconds. */
  readonly since: number
  /** @default those of its target group */
  readonly securityGroupIds?: readonly string[] | undefined
}

export interface TargetSource {
  targets(targetGroupArn: string): readonly PathTarget[]
}

/** The short names of what answered. */
export interface RoutedBy {
  /** `tideway-local-external:443/1000`, or `behavior /assets/*`, or `web ACL tideway-local-cdn` */
  readonly rule: string
  readonly targetGroup?: string | undefined
}

export interface Finished {
  readonly response: PathResponse
  /** How long the viewer waits, with timeouts of the path. */
  readonly seconds: number
  readonly problem?: PathProblem | undefined
}

/** A request that the path answers itself, or one for a task. */
export type Routed =
  | ({ readonly kind: 'answer'; readonly by: RoutedBy } & Finished)
  | {
      readonly kind: 'target'
      readonly by: RoutedBy
      readonly targetGroupArn: string
      readonly target: { readonly id: string; readonly port: number }
      /** As the task receives it. */
      readonly request: PathRequest
      /** Call it exactly once, with what the task replied. */
      finish(reply: TaskReply): Finished
    }
