export { LoadBalancers } from './load-balancers'
export type { CheckedTarget, FailedCheck, TargetGroupProps, TargetState } from './target-group'
