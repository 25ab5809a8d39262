/** How the controller is deployed. The compute stack deploys these values; the simulations run with the same ones. */
export const deployment = {
  mapping: {
    functionTimeoutSeconds: 60,
    /** The minimum that AWS accepts. Each invocation keeps to its share of the API call rate. */
    maximumConcurrency: 2,
    /**
     * The maximum without a batching window. A replacement must start at once: each second before it costs requests.
     * In a flood of events messages wait anyway, and fill the batches.
     */
    batchSize: 10,
    maximumBatchingWindowSeconds: 0,
    reportsBatchItemFailures: true,
  },
  /**
   * A message that failed is received again after this time: the function's timeout, which AWS requires, and no more.
   * AWS advises six times as much, against repeats of messages that still run. Ours may be repeated, but a retry after
   * six minutes misses the two minutes of a notice.
   */
  visibilityTimeoutSeconds: 60,
  /** Receives of a message before it moves to the dead-letter queue. */
  maxReceiveCount: 5,
  sweepMinutes: 1,
  sweepMessage: JSON.stringify({ 'detail-type': 'Tideway Sweep' }),
  table: { hashKey: 'pair', index: 'open' },
} as const

/** Calls of all functions together. */
export interface CallRates {
  readonly callsPerSecond: number
  readonly writesPerSecond: number
}

/** The environment variables of a function, of which several run at once and share the rates. */
export function rateVariables({ callsPerSecond, writesPerSecond }: CallRates) {
  const { maximumConcurrency } = deployment.mapping
  return {
    CALLS_PER_SECOND: `${callsPerSecond / maximumConcurrency}`,
    WRITES_PER_SECOND: `${writesPerSecond / maximumConcurrency}`,
    CALLS_BURST: `${callsPerSecond}`,
  }
}
