import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { AwsError } from '../../endpoint'
import type { Simulation } from '../../simulation'
import { accountId, region } from '../account'

export interface TargetGroupProps {
  readonly name: string
  /** @default derived from the name */
  readonly arn?: string
  /** @default ip */
  readonly targetType?: 'ip' | 'instance'
  /** Of targets without a port of their own. @default 80 */
  readonly port?: number
}

export type TargetState = 'initial' | 'healthy' | 'draining'

export interface Target {
  readonly id: string
  readonly port: number
}

interface RegisteredTarget extends Target {
  readonly healthyAt: number
  /** The end of its deregistration delay. */
  readonly goneAt?: number
}

/** The default of AWS. */
const deregistrationDelaySeconds = 300

/** A target group behind a load balancer. States follow from the clock, so nothing is scheduled. */
export class TargetGroup {
  readonly arn: string
  readonly props: Required<Omit<TargetGroupProps, 'arn'>>
  private readonly targets = new Map<string, RegisteredTarget>()

  constructor(
    private readonly simulation: Simulation,
    props: TargetGroupProps,
  ) {
    this.props = { targetType: 'ip', port: 80, ...props }
    const hash = createHash('sha256').update(`targetgroup ${props.name}`).digest('hex').slice(0, 16)
    this.arn =
      props.arn ??
      `arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/${props.name}/${hash}`
  }

  /** A draining target that is registered again starts as a new one. */
  register(target: Target, healthyAfterSeconds: number): void {
    this.checkId(target.id)
    const state = this.stateOf(target)
    if (state === 'initial' || state === 'healthy') return
    const healthyAt = this.simulation.now + healthyAfterSeconds * 1000
    this.targets.set(keyOf(target), { ...target, healthyAt })
  }

  /** @returns false for a target that is not registered or already draining */
  deregister(target: Target): boolean {
    const key = keyOf(target)
    const registered = this.targets.get(key)
    if (registered === undefined || registered.goneAt !== undefined) return false
    const goneAt = this.simulation.now + deregistrationDelaySeconds * 1000
    this.targets.set(key, { ...registered, goneAt })
    return true
  }

  /** @returns undefined for a target that is not registered or draining */
  healthyAt(target: Target): number | undefined {
    const registered = this.targets.get(keyOf(target))
    return registered?.goneAt === undefined ? registered?.healthyAt : undefined
  }

  /** @returns undefined for a target that is not registered */
  stateOf(target: Target): TargetState | undefined {
    const registered = this.targets.get(keyOf(target))
    if (registered === undefined) return undefined
    const { healthyAt, goneAt } = registered
    if (goneAt === undefined) return healthyAt <= this.simulation.now ? 'healthy' : 'initial'
    if (goneAt > this.simulation.now) return 'draining'
    this.targets.delete(keyOf(target))
    return undefined
  }

  /** All targets with their states. */
  health(): (Target & { readonly state: TargetState })[] {
    return [...this.targets.values()].flatMap(({ id, port }) => {
      const state = this.stateOf({ id, port })
      return state === undefined ? [] : [{ id, port, state }]
    })
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
