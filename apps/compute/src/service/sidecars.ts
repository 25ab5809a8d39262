import { literal } from '@tideway/constructs'
import { containerName, type ServiceDefinition } from '../definition'
import {
  isEssential,
  type LogRouter,
  type Sidecar,
  sizeOf,
  startOrder,
} from '../definition/sidecars'
import { type ContainerParts, containerParts, type TaskContext } from './container-definition'
import { valueFrom } from './secret-access'

/** The containers of a task: that of the service, and its sidecars. Without these, it has no part of its own to declare. */
export function containersOf(
  app: ContainerParts,
  { cpu, sidecars = {} }: ServiceDefinition,
  context: TaskContext,
): ContainerParts[] {
  const all = Object.entries(sidecars)
  if (all.length === 0) return [app]
  const taken = all.reduce((total, [, sidecar]) => total + sizeOf(sidecar).cpu, 0)
  const order = startOrder(sidecars)
  const router = all.map(([, { logRouter }]) => logRouter).find((each) => each !== undefined)
  const { secretOptions = {} } = router ?? {}
  return [
    {
      ...app,
      definition: {
        ...app.definition,
        // Without a number, the service would get the least of the processor when all containers want more.
        cpu: cpu - taken,
        ...dependsOn(order[containerName]),
        ...(router && { logConfiguration: routedLog(router, context) }),
      },
      reads: [...app.reads, ...Object.values(secretOptions)],
    },
    ...all.map(([name, sidecar]) => {
      const parts = containerParts(
        { name, fields: sidecar, port: sidecar.port, essential: isEssential(name, sidecars) },
        context,
      )
      const definition = {
        ...parts.definition,
        ...ownFields(sidecar),
        ...dependsOn(order[name]),
      }
      return { ...parts, definition }
    }),
  ]
}

function ownFields(sidecar: Sidecar) {
  const { cpu, memoryMiB } = sizeOf(sidecar)
  const { healthCheck, logRouter } = sidecar
  return {
    cpu,
    memory: memoryMiB,
    ...(healthCheck && {
      healthCheck: {
        command: ['CMD', ...healthCheck.map(literal)],
        interval: 10,
        timeout: 5,
        retries: 3,
        startPeriod: 30,
      },
    }),
    ...(logRouter && {
      // FireLens creates its socket in a folder of root.
      user: '0:0',
      firelensConfiguration: {
        type: logRouter.type ?? 'fluentbit',
        options: { 'enable-ecs-log-metadata': 'true' },
      },
    }),
  }
}

const conditions = { started: 'START', healthy: 'HEALTHY', succeeded: 'SUCCESS' } as const

function dependsOn(waits: Readonly<Record<string, keyof typeof conditions>> = {}) {
  const all = Object.entries(waits).map(([name, state]) => ({
    containerName: name,
    condition: conditions[state],
  }))
  return all.length > 0 && { dependsOn: all }
}

function routedLog({ options, secretOptions = {} }: LogRouter, { environment }: TaskContext) {
  const secrets = Object.entries(secretOptions).map(([name, source]) => ({
    name,
    valueFrom: valueFrom(source, environment),
  }))
  return {
    logDriver: 'awsfirelens',
    options: Object.fromEntries(
      Object.entries(options).map(([name, value]) => [literal(name), literal(value)]),
    ),
    ...(secrets.length > 0 && { secretOptions: secrets }),
  }
}
