export * from './external-alb'
export * from './internal-alb'
export * from './origin-rule'
