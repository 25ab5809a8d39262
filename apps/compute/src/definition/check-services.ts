import { failedChecks, type Problem, throwIfInvalid } from '@tideway/constructs'
import { type EcsServiceDefinition, isScheduled, type ServiceDefinition } from '.'
import { beforeReleaseChecks } from './before-release'
import { capacityChecks } from './capacity'
import { resourceProblems } from './check-resources'
import { connectProblems } from './connect'
import { containerChecks, portOf } from './container'
import { interruptionChecks } from './interruption'
import { logChecks } from './log'
import { ownerChecks } from './owner'
import { releaseChecks } from './release'
import { scalingProblems } from './scaling'
import { scheduleChecks } from './schedule'
import { sidecarProblems } from './sidecars'
import { trafficProblems } from './traffic-checks'
import { featureFlagProblems, variableProblems } from './variables'

/** Throws if AWS would reject a service, or if a drought would take it down. */
export function checkServices(services: Readonly<Record<string, ServiceDefinition>>): void {
  throwIfInvalid([
    ...Object.entries(services).flatMap(([name, definition]) =>
      problemsOf(pathOf(name), definition),
    ),
    ...trafficProblems(services, pathOf),
    ...connectProblems(services, pathOf),
    ...resourceProblems(services, pathOf),
  ])
}

function problemsOf(path: string, definition: ServiceDefinition): Problem[] {
  return [
    ...failedChecks(path, definition, {
      ...containerChecks(definition),
      ...ownerChecks(definition),
      ...beforeReleaseChecks(definition),
      ...logChecks(definition, definition.memoryMiB),
    }),
    ...variableProblems(path, definition),
    ...featureFlagProblems(path, definition),
    ...sidecarProblems(path, definition, isScheduled(definition) ? undefined : portOf(definition)),
    ...(isScheduled(definition)
      ? failedChecks(path, definition, scheduleChecks(definition))
      : serviceProblems(path, definition)),
  ]
}

function serviceProblems(path: string, definition: EcsServiceDefinition): Problem[] {
  return [
    ...failedChecks(path, definition, {
      ...capacityChecks(definition, definition.release.kind),
      ...interruptionChecks(definition),
      ...releaseChecks(definition),
    }),
    ...scalingProblems(path, definition),
  ]
}

function pathOf(name: string): string {
  return `apps/compute/src/services/${name}.ts: service`
}
