export { LoadBalancers } from './load-balancers'
export type { TargetGroupProps, TargetState } from './target-group'
