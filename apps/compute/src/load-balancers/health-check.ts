/** What every target answers: one that does not is out in twenty seconds, and one that does is in as fast. */
export const healthCheck = {
  path: '/health',
  matcher: '200',
  interval: 10,
  timeout: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
} as const
