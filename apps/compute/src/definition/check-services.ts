import {
  failedChecks,
  isObject,
  isStrings,
  type Problem,
  throwIfInvalid,
} from '@tideway/constructs'
import { type EcsServiceDefinition, isScheduled, type ServiceDefinition } from '.'
import { beforeReleaseChecks } from './before-release'
import { capacityChecks, isStrategy } from './capacity'
import { resourceProblems } from './check-resources'
import { connectProblems } from './connect'
import { containerChecks, portOf } from './container'
import { interruptionChecks } from './interruption'
import { localChecks } from './local'
import { logChecks } from './log'
import { ownerChecks } from './owner'
import { releaseChecks } from './release'
import { scalingProblems } from './scaling'
import { scheduleChecks } from './schedule'
import { sidecarProblems } from './sidecars'
import { trafficProblems } from './traffic-checks'
import { dataProblems } from './values'
import { featureFlagProblems, variableProblems } from './variables'

/** Throws if AWS would reject a service, or if a drought would take it down. */
export function checkServices(services: Readonly<Record<string, ServiceDefinition>>): void {
  const all = Object.entries(services)
  // The other checks rely on these.
  throwIfInvalid(all.flatMap(([name, definition]) => shapeProblems(pathOf(name), definition)))
  throwIfInvalid([
    ...nameProblems(Object.keys(services)),
    ...all.flatMap(([name, definition]) => problemsOf(pathOf(name), definition)),
    ...trafficProblems(services, pathOf),
    ...connectProblems(services, pathOf),
    ...resourceProblems(services, pathOf),
  ])
}

/** The problems of types that the other checks rely on. */
function shapeProblems(path: string, definition: ServiceDefinition): Problem[] {
  const fix = 'Write it like the others.'
  if (!isObject(definition)) {
    return [{ path, must: 'be an object with the fields of a service', got: definition, fix }]
  }
  const problems = dataProblems(path, definition)
  if (problems.length > 0 || isScheduled(definition)) return problems
  const { capacity, standbys, release } = definition
  return failedChecks<EcsServiceDefinition>(path, definition, {
    capacity: [
      [
        isStrategy(capacity),
        'be a list of shares, each with one of fargate, fargate-spot, ec2 and ec2-spot',
        'Write it like [{ on: "fargate-spot", weight: 1 }].',
      ],
    ],
    standbys: [[isStrings(standbys), 'be a list of kinds, which may be empty', fix]],
    release: [
      [
        isObject(release) && ['rolling', 'blue-green'].includes(release.kind),
        'be an object with the kind "rolling" or "blue-green"',
        fix,
      ],
    ],
  })
}

function problemsOf(path: string, definition: ServiceDefinition): Problem[] {
  return [
    ...failedChecks(path, definition, {
      ...containerChecks(definition),
      ...ownerChecks(definition),
      ...beforeReleaseChecks(definition),
      ...logChecks(definition, definition.memoryMiB),
      ...localChecks(definition),
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

/** Other names are checked where they become names of AWS. */
function nameProblems(names: readonly string[]): Problem[] {
  return names
    .filter((name) => name in {})
    .map((got) => ({
      path: pathOf(got),
      must: 'not be named like a property of every object of JavaScript',
      got,
      fix: 'Rename the file.',
    }))
}

function pathOf(name: string): string {
  return `apps/compute/src/services/${name}.ts: service`
}
