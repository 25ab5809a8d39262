import type { Service } from '../ecs/service'
import type { EcsSimulation } from '../ecs-simulation'
import type { GroupTraffic, Load } from './group-traffic'

/** Defaults are those of a target tracking policy for ECS. */
export interface TargetTrackingSettings {
  /** Requests a minute for each healthy target, or the utilisation of the tasks of the primary from 0 to 1. */
  readonly metric: 'requests-per-target' | 'utilisation'
  readonly target: number
  readonly minTasks: number
  readonly maxTasks: number
  /** @default 300 */
  readonly scaleOutCooldownSeconds?: number
  /** @default 300 */
  readonly scaleInCooldownSeconds?: number
}

const periodSeconds = 60
const pointsToScaleOut = 3
const pointsToScaleIn = 15
/** The low alarm is this share of the target. */
const lowShare = 0.9

/** Changes the desired count of a primary, as Application Auto Scaling does with a target tracking policy. */
export class TargetTracking {
  private above = 0
  private below = 0
  private last: Load
  private readonly scaledOut = { at: Number.NEGATIVE_INFINITY, from: 0 }
  private scaledInAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly aws: EcsSimulation,
    private readonly service: Service,
    private readonly traffic: GroupTraffic,
    private readonly settings: TargetTrackingSettings,
  ) {
    this.last = { ...traffic.load }
    aws.simulation.every(periodSeconds, () => this.evaluate())
  }

  private evaluate(): void {
    const value = this.datapoint()
    // Missing data is neither high nor low.
    if (value === undefined) return
    const { target } = this.settings
    this.above = value > target ? this.above + 1 : 0
    this.below = value < target * lowShare ? this.below + 1 : 0
    if (this.above >= pointsToScaleOut) this.scaleOut(value / target)
    else if (this.below >= pointsToScaleIn) this.scaleIn(value / target)
  }

  private datapoint(): number | undefined {
    const { aws, traffic, last } = this
    traffic.advance(aws.now)
    this.last = { ...traffic.load }
    const of = (key: keyof Load) => this.last[key] - last[key]
    if (this.settings.metric === 'utilisation') {
      const measured = of('measuredSeconds')
      return measured === 0 ? undefined : of('utilisationSeconds') / measured
    }
    const targets = of('healthyTargetSeconds') / periodSeconds
    return targets === 0 ? undefined : of('requests') / targets
  }

  /** Within the cooldown, the tasks that a scale-out added are part of the next one: only a larger one counts. */
  private scaleOut(ratio: number): void {
    const { aws, service, scaledOut, settings } = this
    const { scaleOutCooldownSeconds = 300 } = settings
    const isCooling = aws.now < scaledOut.at + scaleOutCooldownSeconds * 1000
    const from = isCooling ? scaledOut.from : service.desiredCount
    const desired = Math.min(settings.maxTasks, proportional(from, ratio))
    if (desired <= service.desiredCount) return
    scaledOut.at = aws.now
    scaledOut.from = from
    aws.setDesiredCount(service, desired)
  }

  private scaleIn(ratio: number): void {
    const { aws, service, settings } = this
    const desired = Math.max(settings.minTasks, proportional(service.desiredCount, ratio))
    const isReleasing = service.deployments.length > 1
    const cooldown = (settings.scaleInCooldownSeconds ?? 300) * 1000
    const isCooling = aws.now < Math.max(this.scaledInAt, this.scaledOut.at) + cooldown
    if (desired >= service.desiredCount || isReleasing || isCooling) return
    this.scaledInAt = aws.now
    aws.setDesiredCount(service, desired)
  }
}

/** Rounds up, but not because of the last digit. */
function proportional(tasks: number, ratio: number): number {
  return Math.ceil(tasks * ratio - 1e-9)
}
