import type { Simulation } from '../simulation'
import { count, type Service, type Task } from './service'
import type { ServiceControl } from './service-control'

export interface BlueGreenSettings {
  /** From the moment when all green tasks are healthy to the reroute: the interval of a canary. @default 0 */
  readonly rerouteAfterSeconds?: number
  /** From the reroute to the end of the old task set. @default 900 */
  readonly terminateAfterSeconds?: number
  /** A green task set that is not healthy after this time is deleted. @default 3600 */
  readonly timeoutSeconds?: number
}

const pollSeconds = 10

/** Completes a deployment as CodeDeploy does, from its green task set on. */
export function completeBlueGreen(
  simulation: Simulation,
  control: ServiceControl,
  service: Service,
  settings: BlueGreenSettings,
): void {
  const { rerouteAfterSeconds = 0, terminateAfterSeconds = 900, timeoutSeconds = 3600 } = settings
  const green = service.deployments[1]
  const deadline = simulation.now + timeoutSeconds * 1000
  // Another deployment or an operator may have ended this one.
  const isStill = (index: number) => service.deployments[index] === green
  const isHealthy = () => {
    const isGreen = (task: Task) => task.deployment === green && task.isServing
    return count(service.tasks, isGreen) >= service.desiredCount
  }
  const poll = () => {
    if (!isStill(1)) return
    if (isHealthy()) simulation.after(rerouteAfterSeconds, reroute)
    else if (simulation.now < deadline) simulation.after(pollSeconds, poll)
    else control.terminateOtherTaskSet(service)
  }
  const reroute = () => {
    if (!isStill(1)) return
    control.rerouteTraffic(service)
    simulation.after(terminateAfterSeconds, () => {
      if (isStill(0)) control.terminateOtherTaskSet(service)
    })
  }
  poll()
}
