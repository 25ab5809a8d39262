import { resolve } from 'node:path'
import { servicesOf } from '@tideway/compute/src/services'
import { environmentNamed } from '@tideway/constructs/environments'
import { nameOf } from '@tideway/constructs/names'
import { workspace } from '@tideway/terraform/folders'
import type { AwsClients } from '../aws-clients'
import { familyOf } from '../delivery/deployed'
import type { DroughtSimulation } from '../drought/drought-simulation'
import type { SimulatedRequests } from '../load/simulated-requests'
import { Processes } from './processes'
import type { LocalRun } from './task-definition'

/** Lets the tasks of a simulation run as processes. Close these when the simulation stops. */
export function runProcesses(
  url: string,
  { ecs }: AwsClients,
  { monitoring, problems }: Pick<DroughtSimulation, 'monitoring' | 'problems'>,
  { aws, programs, standIns }: SimulatedRequests,
): Processes {
  const local = localRuns()
  const describe = async (taskDefinition: string) =>
    (await ecs.describeTaskDefinition({ taskDefinition })).taskDefinition ?? {}
  const processes = new Processes({
    url,
    // A release of the console has a revision that is not deployed: it runs what the last one says.
    definitionOf: (arn) => describe(arn).catch(() => describe(familyOf(arn))),
    localRunOf: (family) => local.get(family),
    standIns,
    exit: (task, exitCode) => aws.exit(task, exitCode),
    defineStopTimeout: (arn, seconds) => aws.setStopTimeout(arn, seconds),
    addLine: (group, stream, line) => monitoring.addEvent(group, stream, line),
    report: (part, message) => problems.add(part, message),
  })
  programs.allow(processes)
  return processes
}

/** The commands that the definitions of services name, by the family of the task definition. */
function localRuns(): ReadonlyMap<string, LocalRun> {
  const environment = environmentNamed('local')
  const services = Object.entries(servicesOf('local', { TIDEWAY_EXAMPLES: 'on' }))
  return new Map(
    services.flatMap(([name, { local }]) => {
      if (local === undefined) return []
      const { run, cwd } = local
      const family = nameOf(environment, 'aws_ecs_task_definition', name, name)
      return [[family, { run, ...(cwd !== undefined && { cwd: resolve(workspace, cwd) }) }]]
    }),
  )
}
