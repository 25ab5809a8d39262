export * from './load-balancers'
export { loadBalancerArn, type TargetGroupProps, type TargetState } from './target-group'
