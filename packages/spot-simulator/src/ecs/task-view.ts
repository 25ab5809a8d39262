import type { Task } from './service'

/** Formats a time: seconds in the API, text in events. */
export type WriteTime = (milliseconds: number) => unknown

export const epochSeconds: WriteTime = (milliseconds) => milliseconds / 1000
export const isoTime: WriteTime = (milliseconds) => new Date(milliseconds).toISOString()

/** A task as in DescribeTasks and in task state change events. */
export function taskView(task: Task, write: WriteTime): Record<string, unknown> {
  const time = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : write(milliseconds)
  const { standalone } = task.service
  const view: Record<string, unknown> = {
    attachments: interfaces(task),
    availabilityZone: task.zone,
    capacityProviderName: standalone?.hasLaunchType ? undefined : task.provider.name,
    clusterArn: task.service.clusterArn,
    connectivity: task.lastStatus === 'RUNNING' ? 'CONNECTED' : undefined,
    containerInstanceArn: task.host?.containerInstanceArn,
    containers: containersOf(task),
    cpu: '256',
    memory: '512',
    createdAt: time(task.createdAt),
    desiredStatus: task.desiredStatus,
    group: standalone?.group ?? `service:${task.service.name}`,
    healthStatus: 'UNKNOWN',
    lastStatus: task.lastStatus,
    launchType: task.provider.launchType,
    overrides: standalone?.overrides,
    platformVersion: task.provider.launchType === 'FARGATE' ? '1.4.0' : undefined,
    startedAt: time(task.startedAt),
    startedBy: startedByOf(task),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    stoppingAt: time(task.stoppingAt),
    executionStoppedAt: time(task.executionStoppedAt),
    stoppedAt: time(task.stoppedAt),
    taskArn: task.arn,
    taskDefinitionArn: task.deployment.release.taskDefinition,
    version: task.version,
  }
  const known: Record<string, unknown> = {}
  for (const name of Object.keys(view)) if (view[name] !== undefined) known[name] = view[name]
  return known
}

/** The deployment of its service, or what the caller of RunTask names. */
export function startedByOf({ service, deployment }: Task): string | undefined {
  return service.standalone === undefined ? deployment.id : service.standalone.startedBy
}

function containersOf({ arn, exitCode, lastStatus, service }: Task) {
  return (service.standalone?.containers ?? ['app']).map((name) => ({
    name,
    lastStatus,
    taskArn: arn,
    ...(exitCode !== undefined && { exitCode }),
  }))
}

/** The `detail` of a task state change event. */
export function taskDetail(task: Task): Record<string, unknown> {
  const view = taskView(task, isoTime)
  // Events name the type of an attachment differently.
  const attachments = interfaces(task).map((attachment) => ({ ...attachment, type: 'eni' }))
  return { ...view, attachments, updatedAt: isoTime(task.updatedAt) }
}

/** A task that waits for an instance has no network interface yet. */
function interfaces(task: Task) {
  if (task.ip === undefined) return []
  const status = { PROVISIONING: 'PRECREATED', DEPROVISIONING: 'DETACHING', STOPPED: 'DELETED' }
  return [
    {
      id: `eni-${task.id.slice(0, 17)}`,
      type: 'ElasticNetworkInterface',
      status: status[task.lastStatus as keyof typeof status] ?? 'ATTACHED',
      details: [{ name: 'privateIPv4Address', value: task.ip }],
    },
  ]
}
