import { AwsError, type ServiceModel } from '../../endpoint'
import type { Simulation } from '../../simulation'
import { callOperation, type Operations } from '../operations'
import { healthOf, type TargetDescription } from './health'
import { TargetGroup, type TargetGroupProps } from './target-group'

interface ForGroup {
  readonly TargetGroupArn?: string
}

interface ForTargets extends ForGroup {
  /** An empty list comes as an empty text in the query protocol, and numbers as texts. */
  readonly Targets?: readonly TargetDescription[] | ''
}

interface DescribeGroupsInput {
  readonly Names?: readonly string[] | ''
  readonly TargetGroupArns?: readonly string[] | ''
  readonly LoadBalancerArn?: string
  readonly Marker?: string
  readonly PageSize?: string
}

const maxPageSize = 400
const maxTagResources = 20

/** Elastic Load Balancing as its target groups show it. */
export class LoadBalancers implements ServiceModel {
  readonly protocol = 'query'
  private readonly groups = new Map<string, TargetGroup>()

  constructor(private readonly simulation: Simulation) {}

  /** The ARN of the new target group. */
  createTargetGroup(props: TargetGroupProps): string {
    const group = new TargetGroup(this.simulation, props)
    this.groups.set(group.arn, group)
    return group.arn
  }

  register(targetGroupArn: string, ip: string, port: number, healthyAfterSeconds: number): void {
    this.group(targetGroupArn).register({ id: ip, port }, healthyAfterSeconds)
  }

  deregister(targetGroupArn: string, ip: string, port: number): void {
    this.group(targetGroupArn).deregister({ id: ip, port })
  }

  isHealthy(targetGroupArn: string, ip: string, port: number): boolean {
    return this.group(targetGroupArn).stateOf({ id: ip, port }) === 'healthy'
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('elasticloadbalancing', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    DescribeTargetGroups: (input: DescribeGroupsInput) => this.describe(input),
    DescribeTargetHealth: ({ TargetGroupArn, Targets }: ForTargets) => ({
      TargetHealthDescriptions: healthOf(this.group(TargetGroupArn), Targets || undefined),
    }),
    RegisterTargets: (input: ForTargets) => {
      this.forEach(input, (group, target) => group.register(target))
    },
    DeregisterTargets: (input: ForTargets) => {
      this.forEach(input, (group, target) => group.deregister(target))
    },
    DescribeTags: ({ ResourceArns }: { ResourceArns?: readonly string[] | '' }) => {
      const arns = ResourceArns || []
      if (arns.length > maxTagResources) {
        throw invalid(`ResourceArns: at most ${maxTagResources} at once`)
      }
      const TagDescriptions = arns.map((ResourceArn) => {
        const tags = Object.entries(this.group(ResourceArn).props.tags)
        return { ResourceArn, Tags: tags.map(([Key, Value]) => ({ Key, Value })) }
      })
      return { TagDescriptions }
    },
  }

  private forEach(
    { TargetGroupArn, Targets }: ForTargets,
    change: (group: TargetGroup, target: { id: string; port: number }) => void,
  ): void {
    const group = this.group(TargetGroupArn)
    if (!Targets) throw invalid('Targets: at least one')
    for (const { Id, Port } of Targets) {
      change(group, { id: Id, port: Number(Port ?? group.props.port) })
    }
  }

  private describe(input: DescribeGroupsInput): object {
    const { Marker, PageSize = String(maxPageSize) } = input
    const size = Number(PageSize)
    if (size < 1 || size > maxPageSize) throw invalid(`PageSize: 1 to ${maxPageSize}`)
    const start = Marker === undefined ? 0 : Number(/^after-(\d+)$/.exec(Marker)?.[1])
    if (Number.isNaN(start)) throw invalid(`Marker ${Marker}: not from an earlier answer`)
    const groups = this.asked(input)
    const end = start + size
    return {
      TargetGroups: groups.slice(start, end).map(described),
      ...(end < groups.length ? { NextMarker: `after-${end}` } : {}),
    }
  }

  private asked(input: DescribeGroupsInput): TargetGroup[] {
    const { Names, TargetGroupArns, LoadBalancerArn } = input
    const all = [...this.groups.values()]
    if (TargetGroupArns) return TargetGroupArns.map((arn) => this.group(arn))
    if (Names) {
      return Names.map((name) => {
        const group = all.find(({ props }) => props.name === name)
        if (group === undefined) throw notFound(name)
        return group
      })
    }
    if (LoadBalancerArn === undefined) return all
    const behind = all.filter(({ props }) => props.loadBalancerArns.includes(LoadBalancerArn))
    if (behind.length > 0) return behind
    throw new AwsError('LoadBalancerNotFound', `Load balancer ${LoadBalancerArn} not found`)
  }

  private group(arn = ''): TargetGroup {
    const group = this.groups.get(arn)
    if (group === undefined) throw notFound(arn)
    return group
  }
}

function described({ arn, props }: TargetGroup): object {
  return {
    TargetGroupArn: arn,
    TargetGroupName: props.name,
    Protocol: 'HTTP',
    Port: props.port,
    TargetType: props.targetType,
    LoadBalancerArns: props.loadBalancerArns,
  }
}

function notFound(what: string): AwsError {
  return new AwsError('TargetGroupNotFound', `Target group '${what}' not found`)
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message)
}
