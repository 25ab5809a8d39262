/** The health check of every target. A target changes state within twenty seconds. */
export const healthCheck = {
  path: '/health',
  matcher: '200',
  interval: 10,
  timeout: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
} as const
