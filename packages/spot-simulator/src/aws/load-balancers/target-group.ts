import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { AwsError } from '../../endpoint'
import type { Simulation } from '../../simulation'
import { accountId, region } from '../account'

export interface TargetGroupProps {
  readonly name: string
  /** @default made from the name */
  readonly arn?: string
  /** @default ip */
  readonly targetType?: 'ip' | 'instance'
  /** Of targets that are registered without one. @default 80 */
  readonly port?: number
  /** @default 300, as AWS has it */
  readonly deregistrationDelaySeconds?: number
  /** How long the targets that are registered by the API take to be healthy. @default 30 */
  readonly healthyAfterSeconds?: number
  /** Without any, no health is checked and each target is `unused`. @default one load balancer, `main` */
  readonly loadBalancerArns?: readonly string[]
  /** @default none */
  readonly tags?: Readonly<Record<string, string>>
}

export type TargetState = 'initial' | 'healthy' | 'draining' | 'unused'

export interface Target {
  readonly id: string
  readonly port: number
}

interface Registered extends Target {
  readonly healthyAt: number
  /** When it has drained, if it was deregistered. */
  readonly goneAt?: number
}

/** A target group and its targets. Times are compared when asked, so nothing is scheduled. */
export class TargetGroup {
  readonly arn: string
  readonly props: Required<Omit<TargetGroupProps, 'arn'>>
  private readonly targets = new Map<string, Registered>()

  constructor(
    private readonly simulation: Simulation,
    props: TargetGroupProps,
  ) {
    this.props = {
      targetType: 'ip',
      port: 80,
      deregistrationDelaySeconds: 300,
      healthyAfterSeconds: 30,
      loadBalancerArns: [loadBalancerArn('main')],
      tags: {},
      ...props,
    }
    this.arn = props.arn ?? arnOf('targetgroup', props.name)
  }

  /** A target that drains comes back as if it were new. */
  register({ id, port }: Target, healthyAfterSeconds = this.props.healthyAfterSeconds): void {
    this.checkId(id)
    const key = keyOf({ id, port })
    const state = this.stateOf({ id, port })
    // Registering again what is registered changes nothing.
    if (this.targets.has(key) && (state === 'initial' || state === 'healthy')) return
    const healthyAt = this.simulation.now + healthyAfterSeconds * 1000
    this.targets.set(key, { id, port, healthyAt })
  }

  /** What is not registered, or drains already, stays as it is. */
  deregister(target: Target): void {
    const key = keyOf(target)
    const registered = this.targets.get(key)
    if (registered === undefined || registered.goneAt !== undefined) return
    const goneAt = this.simulation.now + this.props.deregistrationDelaySeconds * 1000
    this.targets.set(key, { ...registered, goneAt })
  }

  /** Nothing for a target that the group does not have. */
  stateOf(target: Target): TargetState | undefined {
    const registered = this.targets.get(keyOf(target))
    if (registered === undefined) return undefined
    const { healthyAt, goneAt } = registered
    if (goneAt !== undefined && goneAt <= this.simulation.now) {
      this.targets.delete(keyOf(target))
      return undefined
    }
    if (this.props.loadBalancerArns.length === 0) return 'unused'
    if (goneAt !== undefined) return 'draining'
    return healthyAt <= this.simulation.now ? 'healthy' : 'initial'
  }

  /** Those that drain too. */
  all(): Target[] {
    return [...this.targets.values()]
      .filter((target) => this.stateOf(target) !== undefined)
      .map(({ id, port }) => ({ id, port }))
  }

  private checkId(id: string): void {
    const { targetType, name } = this.props
    const isRight = targetType === 'ip' ? isIP(id) !== 0 : /^i-[0-9a-f]{8,17}$/.test(id)
    if (isRight) return
    throw new AwsError('InvalidTarget', `${id} is no ${targetType} target, as ${name} takes them`)
  }
}

export function loadBalancerArn(name: string): string {
  return arnOf('loadbalancer/app', name)
}

function arnOf(kind: string, name: string): string {
  const hash = createHash('sha256').update(`${kind} ${name}`).digest('hex').slice(0, 16)
  return `arn:aws:elasticloadbalancing:${region}:${accountId}:${kind}/${name}/${hash}`
}

function keyOf({ id, port }: Target): string {
  return `${id} ${port}`
}
