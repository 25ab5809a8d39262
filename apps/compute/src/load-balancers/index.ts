export * from './external-alb'
export * from './health-check'
export * from './internal-alb'
export * from './origin-rule'
