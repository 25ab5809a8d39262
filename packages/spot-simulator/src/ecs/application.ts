/**
 * What the application of a task does when it receives SIGTERM, which comes with the interruption notice.
 *
 * `serves-until-drained`: it serves until the notice or its stopTimeout of 120 s ends. `leaves-at-once`: it refuses
 * connections from then on. Runtimes that exit on an unhandled SIGTERM do so: the JVM, Go, and any process under an
 * init. `leaves-after-30s`: it ignores the signal, as an unhandled SIGTERM of process 1 in a container is ignored, and
 * serves until SIGKILL ends it after the default stopTimeout.
 */
export type Application = 'serves-until-drained' | 'leaves-at-once' | 'leaves-after-30s'

/** When ECS itself deregisters an interrupted task. Both are documented or reported. */
export type Deregistration = 'at-notice' | 'at-stop'

export interface TaskEnd {
  /** @default serves-until-drained */
  readonly application: Application
  /** @default at-stop */
  readonly deregistration: Deregistration
  /**
   * The time from SIGTERM to SIGKILL.
   * @default 120, and 30 for `leaves-after-30s`
   */
  readonly stopTimeoutSeconds: number
}

export function taskEnd({
  application = 'serves-until-drained',
  deregistration = 'at-stop',
  stopTimeoutSeconds = application === 'leaves-after-30s' ? 30 : 120,
}: Partial<TaskEnd>): TaskEnd {
  return { application, deregistration, stopTimeoutSeconds }
}
