import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { AwsError } from '../../endpoint'
import type { Cancel, Simulation } from '../../simulation'
import { accountId, region } from '../account'

export interface TargetGroupProps {
  readonly name: string
  /** @default derived from the name */
  readonly arn?: string
  /** @default ip */
  readonly targetType?: 'ip' | 'instance'
  /** Of targets without a port of their own. @default 80 */
  readonly port?: number
  /** How long a target drains after its deregistration. @default 300, as in AWS */
  readonly deregistrationDelaySeconds?: number
  /** The time between two health checks. @default 10 */
  readonly healthCheckIntervalSeconds?: number
  /** The number of failed health checks after which a target is unhealthy. @default 2 */
  readonly unhealthyThreshold?: number
  /** The number of passed checks after which an unhealthy target is healthy. A new one needs one. @default 5, as in AWS */
  readonly healthyThreshold?: number
}

/** `unused`: not registered. */
export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused'

export interface Target {
  readonly id: string
  readonly port: number
}

/** Why a health check failed, as in DescribeTargetHealth. */
export interface FailedCheck {
  /** `Target.ResponseCodeMismatch` */
  readonly reason: string
  /** `Health checks failed with these codes: [404]` */
  readonly description: string
}

/** A registered target as it is now: it changes with its health. */
export interface CheckedTarget extends Target {
  readonly state: Exclude<TargetState, 'unused'>
  /** When its state last changed: milliseconds since 1970. */
  readonly since: number
  /** Of its last health check, if it failed. */
  readonly failure: FailedCheck | undefined
}

interface Registration extends Target {
  readonly healthyAfterSeconds: number
  /** Called at each change of the state. */
  readonly onChange: (state: TargetState) => void
  /** @default it is healthy after `healthyAfterSeconds` */
  readonly check?: (() => FailedCheck | undefined | Promise<FailedCheck | undefined>) | undefined
}

interface RegisteredTarget extends Registration {
  state: CheckedTarget['state']
  since: number
  failure: FailedCheck | undefined
  /** Checks with the same outcome, one after the other. */
  equalChecks: number
  readonly healthyAt: number
  /** The end of its deregistration delay. */
  goneAt: number | undefined
  cancelNext: Cancel
}

/** A target group behind a load balancer. */
export class TargetGroup {
  readonly arn: string
  readonly props: Required<Omit<TargetGroupProps, 'arn'>>
  private readonly targets = new Map<string, RegisteredTarget>()
  private list: readonly CheckedTarget[] | undefined

  constructor(
    private readonly simulation: Simulation,
    props: TargetGroupProps,
  ) {
    this.props = {
      targetType: 'ip',
      port: 80,
      deregistrationDelaySeconds: 300,
      healthCheckIntervalSeconds: 10,
      unhealthyThreshold: 2,
      healthyThreshold: 5,
      ...props,
    }
    const hash = createHash('sha256').update(`targetgroup ${props.name}`).digest('hex').slice(0, 16)
    this.arn =
      props.arn ??
      `arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/${props.name}/${hash}`
  }

  /** A draining target that is registered again starts as a new one. */
  register(registration: Registration): void {
    this.checkId(registration.id)
    const before = this.targets.get(keyOf(registration))
    if (before !== undefined && before.state !== 'draining') return
    before?.cancelNext()
    const { healthyAfterSeconds } = registration
    const target: RegisteredTarget = {
      ...registration,
      healthyAt: this.simulation.now + healthyAfterSeconds * 1000,
      state: 'initial',
      since: this.simulation.now,
      failure: undefined,
      equalChecks: 0,
      goneAt: undefined,
      cancelNext: () => {},
    }
    this.targets.set(keyOf(target), target)
    this.list = undefined
    if (healthyAfterSeconds > 0) {
      target.onChange('initial')
      if (target.check === undefined) this.changeAfter(target, healthyAfterSeconds, 'healthy')
    } else this.change(target, 'healthy')
    if (target.check !== undefined) this.checkAgain(target)
  }

  /** Ignores targets that are not registered or already draining. */
  deregister(target: Target): void {
    const registered = this.targets.get(keyOf(target))
    if (registered === undefined || registered.state === 'draining') return
    const { deregistrationDelaySeconds } = this.props
    registered.cancelNext()
    registered.goneAt = this.simulation.now + deregistrationDelaySeconds * 1000
    this.change(registered, 'draining')
    registered.cancelNext = this.simulation.after(deregistrationDelaySeconds, () => {
      this.targets.delete(keyOf(target))
      this.list = undefined
      registered.onChange('unused')
    })
  }

  /** The target refuses connections from now on: it is unhealthy after `unhealthyThreshold` failed checks. */
  refuse(target: Target): void {
    const registered = this.targets.get(keyOf(target))
    if (registered === undefined || registered.state === 'draining') return
    // Its checks fail from now on.
    if (registered.check !== undefined) return
    const { healthCheckIntervalSeconds, unhealthyThreshold } = this.props
    registered.cancelNext()
    this.changeAfter(registered, healthCheckIntervalSeconds * unhealthyThreshold, 'unhealthy')
  }

  /** All registered targets. The list is a new one after each registration. */
  get registered(): readonly CheckedTarget[] {
    this.list ??= [...this.targets.values()]
    return this.list
  }

  failureOf(target: Target): FailedCheck | undefined {
    return this.targets.get(keyOf(target))?.failure
  }

  stateOf(target: Target): TargetState {
    return this.targets.get(keyOf(target))?.state ?? 'unused'
  }

  /** @returns undefined for a target that is not registered or draining */
  healthyAt(target: Target): number | undefined {
    const registered = this.targets.get(keyOf(target))
    return registered?.state === 'draining' ? undefined : registered?.healthyAt
  }

  /** The remaining deregistration delay of a target, or 0 if it is not draining. */
  drainSeconds(target: Target): number {
    const { goneAt = 0 } = this.targets.get(keyOf(target)) ?? {}
    return Math.max(0, goneAt - this.simulation.now) / 1000
  }

  /** All registered targets with their states. */
  health(): (Target & { readonly state: TargetState })[] {
    return [...this.targets.values()].map(({ id, port, state }) => ({ id, port, state }))
  }

  private checkAgain(target: RegisteredTarget): void {
    target.cancelNext = this.simulation.after(this.props.healthCheckIntervalSeconds, () => {
      this.checkAgain(target)
      const failure = target.check?.()
      if (!(failure instanceof Promise)) this.checked(target, failure)
      else void failure.then((later) => this.checked(target, later))
    })
  }

  private checked(target: RegisteredTarget, failure: FailedCheck | undefined): void {
    if (this.targets.get(keyOf(target)) !== target || target.state === 'draining') return
    const isSame = (target.failure === undefined) === (failure === undefined)
    target.equalChecks = isSame ? target.equalChecks + 1 : 1
    target.failure = failure
    const { healthyThreshold, unhealthyThreshold } = this.props
    if (failure !== undefined) {
      const isOver = target.equalChecks >= unhealthyThreshold
      if (isOver && target.state !== 'unhealthy') this.change(target, 'unhealthy')
    } else if (target.state === 'initial' || target.equalChecks >= healthyThreshold) {
      if (target.state !== 'healthy') this.change(target, 'healthy')
    }
  }

  private changeAfter(target: RegisteredTarget, seconds: number, state: 'healthy' | 'unhealthy') {
    target.cancelNext = this.simulation.after(seconds, () => this.change(target, state))
  }

  private change(target: RegisteredTarget, state: RegisteredTarget['state']): void {
    target.state = state
    target.since = this.simulation.now
    target.onChange(state)
  }

  private checkId(id: string): void {
    const { targetType, name } = this.props
    const isValid = targetType === 'ip' ? isIP(id) !== 0 : /^i-[0-9a-f]{8,17}$/.test(id)
    if (isValid) return
    throw new AwsError('InvalidTarget', `${id} is not a valid ${targetType} target of ${name}`)
  }
}

function keyOf({ id, port }: Target): string {
  return `${id} ${port}`
}
