import type { DroughtSimulation } from '../drought/drought-simulation'
import type { ConsoleSources } from './state'

/** What a simulation adds to the console: its requests, their programs, and the comparison. */
export function sourcesOf({
  load,
  comparison,
  requests,
  clock,
}: DroughtSimulation): ConsoleSources {
  return {
    schedules: () => clock.schedules(),
    ...(load && { load }),
    ...(comparison && { comparison }),
    ...(load &&
      requests && {
        programs: () => ({
          kind: requests.programs.kind,
          reason: requests.programs.reason,
          requestsPerSample: load.requestsPerSample,
        }),
      }),
  }
}
