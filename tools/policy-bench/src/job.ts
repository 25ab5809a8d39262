import type { Application, Deregistration } from '@tideway/spot-simulator'
import { deployedScenarios } from './deployed'
import { knobs } from './knobs'
import type { Options } from './options'
import { policies } from './policies'
import { type Row, runPolicy } from './run'
import type { Scenario } from './scenario'
import { syntheticScenarios } from './synthetic'
import { type Timeline, TimelineRecorder } from './timeline'
import { traceScenarios } from './trace-scenarios'

/** One run of a policy in a scenario. Plain data, because a worker receives it as JSON. */
export interface Job {
  readonly source: Pick<Options, 'days' | 'traces'>
  readonly seed: number
  readonly scenario: string
  readonly policy: string
  readonly application: Application
  readonly deregistration: Deregistration
  /** Of `knobs`. @default no assumption is changed */
  readonly knob?: string
  /** @default false */
  readonly hasTimeline?: boolean
}

export interface Result {
  readonly row: Row
  readonly timeline?: Timeline
}

/** What applications do at a notice, and when ECS deregisters them: every scenario is measured with each. */
export const combinations = (
  ['serves-until-drained', 'leaves-at-once', 'leaves-after-30s'] as const
).flatMap((application) =>
  (['at-notice', 'at-stop'] as const).map((deregistration) => ({ application, deregistration })),
)

export function scenariosOf({ traces, days }: Job['source'], seed: number): Scenario[] {
  return traces === undefined
    ? [...syntheticScenarios(seed), ...deployedScenarios(seed)]
    : traceScenarios({ folder: traces, seed, days })
}

/** @param onProgress receives a line that describes the state of the run */
export async function runJob(
  { source, seed, application, deregistration, knob, hasTimeline = false, ...names }: Job,
  onProgress: (text: string) => void | Promise<void>,
): Promise<Result> {
  const scenario = scenariosOf(source, seed).find(({ name }) => name === names.scenario)
  const policy = policies.find(({ name }) => name === names.policy)
  if (scenario === undefined || policy === undefined) {
    throw new RangeError(`no scenario ${names.scenario} or no policy ${names.policy}`)
  }
  const hours = Math.ceil(scenario.hours)
  const change = knobs[knob ?? ''] ?? ((unchanged) => unchanged)
  const recorder = hasTimeline ? new TimelineRecorder(scenario.hours) : undefined
  const row = await runPolicy(
    change({ ...scenario, application, deregistration }),
    policy,
    (hour) =>
      onProgress(`${scenario.name}  ${policy.name}  ${knob ?? application}  hour ${hour}/${hours}`),
    recorder,
  )
  return { row, ...(recorder && { timeline: recorder.timeline() }) }
}
