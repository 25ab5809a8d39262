/** The deployed controller, as the configuration of its function describes it. */
export interface Controller {
  readonly clusters: readonly string[]
  readonly tableName: string
  readonly queueUrl: string
  readonly logGroupName: string
  readonly functionName: string
  /** Names of the Spot capacity providers. */
  readonly spotProviders: readonly string[]
  /** The capacity provider of each Auto Scaling group on Spot. */
  readonly spotGroups: ReadonlyMap<string, string>
}
