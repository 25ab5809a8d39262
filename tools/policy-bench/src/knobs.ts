import {
  type CapacityTrace,
  type EcsSimulationSettings,
  onOff,
  partialReturns,
  Random,
} from '@tideway/spot-simulator'
import { type Scenario, tasksOf } from './scenario'

const minute = 60

/** One assumption of the simulation that may be too kind, changed in a scenario. */
type Knob = (scenario: Scenario) => Scenario

const knob =
  (settings: Partial<EcsSimulationSettings>): Knob =>
  (scenario) => ({ ...scenario, settings: { ...scenario.settings, ...settings } })

/** Five starts in a hundred take two minutes more. */
const starts = (medianSeconds: number) =>
  knob({ timing: { starts: { medianSeconds, slowShare: 0.05 } } })

/** In the order of the table. */
export const knobs: Readonly<Record<string, Knob>> = {
  'deregistration at the stop': (scenario) => scenario,
  'deregistration at the notice': (scenario) => ({ ...scenario, deregistration: 'at-notice' }),
  'starts of 30 s with a tail': starts(30),
  'starts of 60 s with a tail': starts(60),
  'starts of 120 s with a tail': starts(120),
  'starts of 180 s with a tail': starts(180),
  '20 % of events lost': knob({ events: { losses: 0.2 } }),
  'events a minute late': knob({ events: { delaySeconds: [minute, minute + 2] } }),
  'half of the notices missing': knob({ missingNotices: 0.5 }),
  'on-demand short half of the time': onDemandShort,
  'partial returns': partial,
  'stopTimeout 30 s': knob({ stopTimeoutSeconds: 30 }),
  'slow retries': knob({ timing: { firstRetrySeconds: 2 * minute, maxRetrySeconds: 27 * minute } }),
  'reads that lag by 10 s': knob({ readLagSeconds: 10 }),
}

function onDemandShort(scenario: Scenario): Scenario {
  const fargate = onOff(new Random(scenario.seed).fork('on-demand'), {
    meanUpSeconds: 15 * minute,
    meanDownSeconds: 15 * minute,
    untilSeconds: scenario.hours * 3600,
  })
  return knob({ fargate })(scenario)
}

/** For half an hour, only capacity for half of the tasks comes back. */
function partial(scenario: Scenario): Scenario {
  // The other half of the full capacity is room for interrupted tasks and deployments.
  const full = 2 * tasksOf(scenario.services)
  const changed = (trace: CapacityTrace) =>
    partialReturns(trace, { share: 0.25, full, forSeconds: 30 * minute })
  const zones = Object.entries(scenario.spot).map(
    ([zone, trace]) => [zone, changed(trace)] as const,
  )
  return { ...scenario, spot: Object.fromEntries(zones) }
}
