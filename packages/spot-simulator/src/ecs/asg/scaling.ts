import type { Simulation } from '../../simulation'
import type { AutoScalingGroup } from './auto-scaling-group'
import type { CpuScalingSettings, ManagedScalingSettings } from './settings'

const periodSeconds = 60
/** The datapoints of the CloudWatch alarms. */
const datapointsOut = 3
const datapointsIn = 15

/** Target tracking of CapacityProviderReservation: instances needed per 100 instances. */
export function scaleByReservation(
  simulation: Simulation,
  group: AutoScalingGroup,
  settings: ManagedScalingSettings,
  waitingTasks: () => number,
): void {
  const {
    targetCapacityPercent = 100,
    minimumStep = 1,
    maximumStep = 10_000,
    warmupSeconds = 300,
  } = settings
  let periodsBelow = 0
  simulation.every(periodSeconds, () => {
    const { staying } = group
    const busy = staying.filter(({ tasks }) => tasks.size > 0).length
    const needed = busy + Math.ceil(waitingTasks() / group.settings.tasksPerInstance)
    // The margin covers rounding errors of the division.
    const wanted = Math.ceil((needed * 100) / targetCapacityPercent - 1e-9)
    const missing = wanted - group.desiredInstances
    const isWarming = staying.some(
      ({ launchedAt }) => simulation.now - launchedAt < warmupSeconds * 1000,
    )
    periodsBelow = missing < 0 && !isWarming ? periodsBelow + 1 : 0
    if (missing > 0) {
      const step = Math.min(maximumStep, Math.max(minimumStep, missing))
      group.setDesired(group.desiredInstances + step)
    } else if (periodsBelow >= datapointsIn) {
      group.setDesired(group.desiredInstances - Math.min(maximumStep, -missing))
    }
  })
}

/** Adds an instance after three minutes of high CPU, and removes one after fifteen minutes of low CPU. */
export function scaleByCpu(
  simulation: Simulation,
  group: AutoScalingGroup,
  settings: CpuScalingSettings,
): void {
  const { highPercent = 70, lowPercent = 30, cooldownSeconds = 300, cpuPercentOfTask } = settings
  let periodsHigh = 0
  let periodsLow = 0
  let coolUntil = 0
  simulation.every(periodSeconds, () => {
    const { active } = group
    if (active.length === 0) return
    const used = active.map(({ tasks }) => Math.min(100, tasks.size * cpuPercentOfTask()))
    const average = used.reduce((sum, percent) => sum + percent, 0) / active.length
    periodsHigh = average > highPercent ? periodsHigh + 1 : 0
    periodsLow = average < lowPercent ? periodsLow + 1 : 0
    if (simulation.now < coolUntil) return
    const isHigh = periodsHigh >= datapointsOut
    if (!isHigh && periodsLow < datapointsIn) return
    group.setDesired(group.desiredInstances + (isHigh ? 1 : -1))
    coolUntil = simulation.now + cooldownSeconds * 1000
  })
}
