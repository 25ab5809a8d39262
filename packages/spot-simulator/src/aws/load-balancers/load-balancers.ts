import { AwsError, type ServiceModel } from '../../endpoint'
import type { Simulation } from '../../simulation'
import { callOperation, checkParameters, type Operations } from '../operations'
import {
  type CheckedTarget,
  type FailedCheck,
  TargetGroup,
  type TargetGroupProps,
  type TargetState,
} from './target-group'

interface TargetsInput {
  readonly TargetGroupArn?: string
  /** The query protocol sends an empty list as an empty string, and numbers as strings. */
  readonly Targets?: readonly { readonly Id: string; readonly Port?: string }[] | ''
}

const pageSize = 400

const reasons: Readonly<Record<TargetState, string | undefined>> = {
  initial: 'Elb.RegistrationInProgress',
  healthy: undefined,
  unhealthy: 'Target.FailedHealthChecks',
  draining: 'Target.DeregistrationInProgress',
  unused: 'Target.NotRegistered',
}

/** The target groups of Elastic Load Balancing. ECS registers tasks through the methods, not through the API. */
export class LoadBalancers implements ServiceModel {
  readonly protocol = 'query'
  private readonly groups = new Map<string, TargetGroup>()

  constructor(private readonly simulation: Simulation) {}

  /** @returns the ARN of the new target group */
  createTargetGroup(props: TargetGroupProps): string {
    const group = new TargetGroup(this.simulation, props)
    this.groups.set(group.arn, group)
    return group.arn
  }

  propsOf(targetGroupArn?: string): TargetGroup['props'] {
    return this.group(targetGroupArn).props
  }

  /**
   * @param onChange called at each change of the state of the target
   * @param check decides about its health @default it is healthy after `healthyAfterSeconds`
   */
  register(
    targetGroupArn: string,
    id: string,
    port: number,
    healthyAfterSeconds: number,
    onChange: (state: TargetState) => void = () => {},
    check?: () => FailedCheck | undefined | Promise<FailedCheck | undefined>,
  ): void {
    this.group(targetGroupArn).register({ id, port, healthyAfterSeconds, onChange, check })
  }

  deregister(targetGroupArn: string, id: string, port: number): void {
    this.group(targetGroupArn).deregister({ id, port })
  }

  /** The target refuses connections from now on. */
  refuse(targetGroupArn: string, id: string, port: number): void {
    this.group(targetGroupArn).refuse({ id, port })
  }

  /** The remaining deregistration delay of a target, or 0 if it is not draining. */
  drainSeconds(targetGroupArn: string, id: string, port: number): number {
    return this.group(targetGroupArn).drainSeconds({ id, port })
  }

  /** @returns when the target became or becomes healthy, or undefined if it is not registered or draining */
  healthyAt(targetGroupArn: string, id: string, port: number): number | undefined {
    return this.group(targetGroupArn).healthyAt({ id, port })
  }

  isHealthy(targetGroupArn: string, id: string, port: number): boolean {
    return this.group(targetGroupArn).stateOf({ id, port }) === 'healthy'
  }

  has(targetGroupArn: string): boolean {
    return this.groups.has(targetGroupArn)
  }

  /** The registered targets as they are now, for requests: the same list until one is registered or removed. */
  targets(targetGroupArn: string): readonly CheckedTarget[] {
    return this.group(targetGroupArn).registered
  }

  failureOf(targetGroupArn: string, id: string, port: number): FailedCheck | undefined {
    return this.group(targetGroupArn).failureOf({ id, port })
  }

  /** All targets of a group with their states. */
  health(targetGroupArn = '') {
    return this.group(targetGroupArn).health()
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('elasticloadbalancing', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    DescribeTargetGroups: {
      parameters: ['Marker'],
      run: ({ Marker }: { Marker?: string }) => this.describeTargetGroups(Marker),
    },
    DescribeTargetHealth: {
      parameters: ['TargetGroupArn', 'Targets'],
      run: (input: TargetsInput) => ({
        TargetHealthDescriptions: this.describedTargets(input).map(({ id, port, state }) => ({
          Target: { Id: id, Port: port },
          HealthCheckPort: String(port),
          TargetHealth: this.targetHealth(input.TargetGroupArn, { id, port, state }),
        })),
      }),
    },
    DeregisterTargets: {
      parameters: ['TargetGroupArn', 'Targets'],
      run: (input: TargetsInput) => this.deregisterTargets(input),
    },
  }

  private targetHealth(
    targetGroupArn: string | undefined,
    {
      id,
      port,
      state,
    }: { readonly id: string; readonly port: number; readonly state: TargetState },
  ): object {
    const failure = this.group(targetGroupArn).failureOf({ id, port })
    const isFailing = failure !== undefined && (state === 'initial' || state === 'unhealthy')
    return isFailing
      ? { State: state, Reason: failure.reason, Description: failure.description }
      : { State: state, Reason: reasons[state] }
  }

  private describeTargetGroups(marker = 'after-0'): object {
    const start = Number(/^after-(\d+)$/.exec(marker)?.[1])
    if (Number.isNaN(start)) throw invalid(`Marker ${marker}: not from an earlier page`)
    const groups = [...this.groups.values()].slice(start)
    return {
      TargetGroups: groups.slice(0, pageSize).map(({ arn, props }) => ({
        TargetGroupArn: arn,
        TargetGroupName: props.name,
        Protocol: 'HTTP',
        Port: props.port,
        TargetType: props.targetType,
      })),
      ...(groups.length > pageSize && { NextMarker: `after-${start + pageSize}` }),
    }
  }

  /** The named targets, or all registered ones. */
  private describedTargets({ TargetGroupArn, Targets }: TargetsInput) {
    if (!Targets) return this.health(TargetGroupArn)
    const group = this.group(TargetGroupArn)
    return namedTargets('DescribeTargetHealth', group, Targets).map((target) => ({
      ...target,
      state: group.stateOf(target),
    }))
  }

  private deregisterTargets({ TargetGroupArn, Targets }: TargetsInput): void {
    const group = this.group(TargetGroupArn)
    if (!Targets) throw invalid('Targets: at least one is required')
    for (const target of namedTargets('DeregisterTargets', group, Targets)) group.deregister(target)
  }

  private group(arn = ''): TargetGroup {
    const group = this.groups.get(arn)
    if (group !== undefined) return group
    throw new AwsError('TargetGroupNotFound', `Target group '${arn}' not found`)
  }
}

function namedTargets(
  operation: string,
  group: TargetGroup,
  targets: Exclude<TargetsInput['Targets'], '' | undefined>,
) {
  return targets.map((target) => {
    checkParameters(`elasticloadbalancing ${operation} Targets`, target, ['Id', 'Port'])
    return { id: target.Id, port: Number(target.Port ?? group.props.port) }
  })
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message)
}
