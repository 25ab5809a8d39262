/** A dependency of a service. The entry grants the network access and the permissions for it. */
export type Use = 'cache' | 'database' | 'internal-alb' | 'work-queue'

export interface DependencyFields {
  /**
   * What the tasks may reach.
   *
   * @example uses: ['database', 'cache', 'internal-alb', 'work-queue']
   */
  readonly uses: readonly Use[]
}
