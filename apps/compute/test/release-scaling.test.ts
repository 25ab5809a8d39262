import { type Block, referenceAt, resourceAt, resourcesOf } from '@tideway/constructs/testing'
import { suspendedWhileReleasing } from '../src/service/release-scaling'
import { compute, grantsOf } from './fixture'

const scaling = ['DynamicScalingInSuspended', 'DynamicScalingOutSuspended']
const all = [...scaling, 'ScheduledScalingSuspended']

const machine = suspendedWhileReleasing({
  name: 'api',
  target: {
    arn: 'arn:target',
    resourceId: 'service/main/api',
    scalableDimension: 'ecs:service:DesiredCount',
    serviceNamespace: 'ecs',
  },
  applicationName: 'app',
  deploymentGroupName: 'group',
}) as Block

/** A run of the state machine: what is suspended after it, and whether it changed that. */
function run(releases: readonly string[], before: readonly string[]) {
  let suspended: Block = Object.fromEntries(all.map((part) => [part, before.includes(part)]))
  let changes = 0
  const calls: Readonly<Record<string, (parameters: Block) => Block>> = {
    'codedeploy:listDeployments': () => ({ Deployments: releases }),
    'applicationautoscaling:describeScalableTargets': () => ({
      ScalableTargets: [{ SuspendedState: suspended }],
    }),
    'applicationautoscaling:registerScalableTarget': ({ SuspendedState }) => {
      suspended = SuspendedState
      changes++
      return {}
    },
  }
  const data: Block = {}
  let state = machine.States[machine.StartAt]
  while (state.Type !== 'Succeed') {
    if (state.Type === 'Choice') {
      const choice = state.Choices.find((rule: Block) => holds(rule, data))
      state = machine.States[choice?.Next ?? state.Default]
      continue
    }
    const output = calls[state.Resource.replace('arn:aws:states:::aws-sdk:', '')]?.(
      state.Parameters,
    )
    if (state.End) break
    data[state.ResultPath.slice('$.'.length)] = output
    state = machine.States[state.Next]
  }
  return { suspended: all.filter((part) => suspended[part]), changes }
}

function holds({ And, Not, Variable, IsPresent, BooleanEquals }: Block, data: Block): boolean {
  if (And) return And.every((rule: Block) => holds(rule, data))
  if (Not) return !holds(Not, data)
  const path: string[] = Variable.match(/\w+/g)
  const value = path.reduce<Block | undefined>((part, key) => part?.[key], data)
  return IsPresent ? value !== undefined : (value as unknown) === BooleanEquals
}

describe('autoscaling of a service that CodeDeploy releases', () => {
  it('is suspended once during a release', () => {
    expect(run(['d-1'], [])).toEqual({ suspended: all, changes: 1 })
    expect(run(['d-1'], all)).toEqual({ suspended: all, changes: 0 })
  })

  it('is resumed after it, however the release and earlier runs ended', () => {
    expect(run([], all)).toEqual({ suspended: [], changes: 1 })
    expect(run([], [])).toEqual({ suspended: [], changes: 0 })
  })

  it('stays as an operator has suspended it, also after a release', () => {
    expect(run([], scaling)).toEqual({ suspended: scaling, changes: 0 })
    expect(run(['d-1'], scaling)).toEqual({ suspended: scaling, changes: 0 })
  })

  it('counts each release that is not over', () => {
    const { Parameters } = machine.States[machine.StartAt]
    expect(Parameters).toEqual({
      ApplicationName: 'app',
      DeploymentGroupName: 'group',
      IncludeOnlyStatuses: ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'],
    })
  })
})

describe('the suspension of autoscaling', () => {
  const json = compute()
  const path = 'services/api/blue-green/scaling'

  it('is compared every minute, and an alarm notices when that stops', () => {
    const arn = referenceAt(json, 'aws_sfn_state_machine', `${path}/machine`, 'arn')
    expect(resourceAt(json, 'aws_scheduler_schedule', `${path}/clock`)).toMatchObject({
      schedule_expression: 'rate(1 minute)',
      target: { arn },
    })
    expect(resourceAt(json, 'aws_cloudwatch_metric_alarm', `${path}/alarm`)).toMatchObject({
      metric_name: 'ExecutionsSucceeded',
      dimensions: { StateMachineArn: arn },
      comparison_operator: 'LessThanThreshold',
      threshold: 1,
      treat_missing_data: 'breaching',
    })
  })

  it('may change the target of this service only, which Terraform leaves suspended', () => {
    const target = 'services/api/scaling/target'
    expect(grantsOf(json, `${path}/api-release-scaling`)).toContainEqual(
      expect.objectContaining({
        Action: 'application-autoscaling:RegisterScalableTarget',
        Resource: referenceAt(json, 'aws_appautoscaling_target', target, 'arn'),
      }),
    )
    const { lifecycle } = resourceAt(json, 'aws_appautoscaling_target', target)
    expect(lifecycle.ignore_changes).toEqual(['suspended_state'])
  })

  it('exists for services of CodeDeploy only, and no standby is autoscaled', () => {
    const clocks = Object.values(resourcesOf(json, 'aws_scheduler_schedule'))
    expect(clocks.filter(({ name }) => name.endsWith('-release-scaling'))).toHaveLength(1)
    const targets = Object.values(resourcesOf(json, 'aws_appautoscaling_target'))
    const primaries = ['api', 'worker'].map((name) =>
      referenceAt(json, 'aws_ecs_service', `services/${name}/service`, 'name'),
    )
    const scaled = targets.map(({ resource_id }) => resource_id.split('/').at(-1))
    expect(scaled.sort()).toEqual(primaries.sort())
  })
})
