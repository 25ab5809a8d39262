import { arnOf, type Block } from '../delivery/attributes'
import type { Synthesized } from '../delivery/synthesized'
import { ApplicationAutoscaling } from '../patches/application-autoscaling'
import { alarmOf, type StoredAlarm } from '../patches/cloudwatch'
import { CodeDeploy } from '../patches/codedeploy'
import { trackingAlarms } from './tracking-alarms'

type Value = Readonly<Record<string, unknown>>

/** The autoscaling, the releases and the alarms of synthesized stacks, as Terraform would deploy them. */
export function synthesizedScaling(synthesized: Synthesized) {
  const scaling = new ApplicationAutoscaling()
  const codeDeploy = new CodeDeploy()
  const put = (type: string, deploy: (block: Block) => unknown) => {
    for (const block of synthesized.resources(type)) deploy(block)
  }
  put('aws_appautoscaling_target', ({ tags: _, ...block }) =>
    scaling.operations.RegisterScalableTarget(apiNames(block, pascalCase)),
  )
  put('aws_appautoscaling_policy', (block) => scaling.operations.PutScalingPolicy(policyOf(block)))
  put('aws_appautoscaling_scheduled_action', (block) =>
    scaling.operations.PutScheduledAction({
      ...apiNames(block, pascalCase),
      ScheduledActionName: block.name,
    }),
  )
  put('aws_codedeploy_app', (block) =>
    codeDeploy.operations.CreateApplication?.({ applicationName: block.name, ...camel(block) }),
  )
  put('aws_codedeploy_deployment_config', (block) =>
    codeDeploy.operations.CreateDeploymentConfig?.(configurationOf(block)),
  )
  put('aws_codedeploy_deployment_group', (block) =>
    codeDeploy.operations.CreateDeploymentGroup?.(groupOf(block)),
  )
  const policyArns = new Map(
    synthesized
      .resources('aws_appautoscaling_policy')
      .map((block) => [arnOf('aws_appautoscaling_policy', block), policyArn(scaling, block)]),
  )
  const own = synthesized
    .resources('aws_cloudwatch_metric_alarm')
    .map((block) => synthesizedAlarm(block, policyArns))
  const alarms = (): StoredAlarm[] => [...own, ...trackingAlarms(scaling.policies)]
  return { scaling, codeDeploy, alarms }
}

function policyOf({ step_scaling_policy_configuration: step, ...block }: Block): Value {
  const input = apiNames(block, pascalCase)
  const { StepAdjustment, ...configuration } = apiNames((step ?? {}) as Block, pascalCase)
  return {
    ...input,
    PolicyName: block.name,
    ...(step !== undefined && {
      StepScalingPolicyConfiguration: { ...configuration, StepAdjustments: StepAdjustment },
    }),
  }
}

/** The synthesized ARN has only the name of the policy. */
function policyArn({ policies }: ApplicationAutoscaling, block: Block): string {
  const own = policies.find(
    ({ PolicyName, ResourceId }) => PolicyName === block.name && ResourceId === block.resource_id,
  )
  return own?.PolicyARN ?? ''
}

function configurationOf(block: Block): Value {
  const { deploymentConfigName, trafficRoutingConfig } = camel(block)
  const { type, timeBasedCanary, timeBasedLinear } = (trafficRoutingConfig ?? {}) as Value
  const stepOf = (step: unknown, prefix: string) => {
    const { percentage, interval } = step as Value
    return { [`${prefix}Percentage`]: percentage, [`${prefix}Interval`]: interval }
  }
  return {
    deploymentConfigName,
    trafficRoutingConfig: {
      type,
      ...(timeBasedCanary !== undefined && { timeBasedCanary: stepOf(timeBasedCanary, 'canary') }),
      ...(timeBasedLinear !== undefined && { timeBasedLinear: stepOf(timeBasedLinear, 'linear') }),
    },
  }
}

function groupOf(block: Block): Value {
  const { appName, blueGreenDeploymentConfig, ecsService, ...group } = camel(block)
  const { targetGroupPairInfo } = (group.loadBalancerInfo ?? {}) as Value
  const { targetGroup, ...routes } = (targetGroupPairInfo ?? {}) as Value
  const alarms = (group.alarmConfiguration ?? {}) as { alarms?: readonly string[] }
  return {
    ...group,
    applicationName: appName,
    ecsServices: [ecsService],
    blueGreenDeploymentConfiguration: blueGreenDeploymentConfig,
    loadBalancerInfo: { targetGroupPairInfoList: [{ ...routes, targetGroups: targetGroup }] },
    alarmConfiguration: { ...alarms, alarms: alarms.alarms?.map((name) => ({ name })) },
  }
}

function synthesizedAlarm(block: Block, policyArns: ReadonlyMap<string, string>): StoredAlarm {
  const { metric_query: queries, dimensions, statistic, extended_statistic, ...alarm } = block
  const actions = (arns: unknown) =>
    ((arns ?? []) as readonly string[]).map((arn) => policyArns.get(arn) ?? arn)
  return alarmOf({
    ...apiNames(alarm, pascalCase),
    ...(queries === undefined
      ? {
          Dimensions: dimensionList(dimensions),
          Statistic: statistic,
          ExtendedStatistic: extended_statistic,
        }
      : { Metrics: (queries as readonly Block[]).map(queryOf) }),
    AlarmActions: actions(block.alarm_actions),
    OKActions: actions(block.ok_actions),
    InsufficientDataActions: actions(block.insufficient_data_actions),
  })
}

function queryOf({ metric, ...query }: Block): Value {
  const { dimensions, namespace, metric_name, period, stat } = (metric ?? {}) as Block
  return {
    ...apiNames(query, pascalCase),
    // As in the API, a query returns nothing unless it says so.
    ReturnData: query.return_data ?? false,
    ...(metric !== undefined && {
      MetricStat: {
        Metric: {
          Namespace: namespace,
          MetricName: metric_name,
          Dimensions: dimensionList(dimensions),
        },
        Period: period,
        Stat: stat,
      },
    }),
  }
}

function dimensionList(dimensions: unknown) {
  return Object.entries((dimensions ?? {}) as Value).map(([Name, Value]) => ({ Name, Value }))
}

function camel(block: Block): Value {
  return apiNames(block, (name) => {
    const pascal = pascalCase(name)
    return `${pascal.slice(0, 1).toLowerCase()}${pascal.slice(1)}`
  })
}

/** What only Terraform reads. */
const ofTerraform = new Set(['//', 'depends_on', 'lifecycle'])

/** The names of Terraform's attributes as the API has them, at every depth. */
function apiNames(value: Value, nameOf: (name: string) => string): Value {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !ofTerraform.has(name))
      .map(([name, item]) => [nameOf(name), renamed(item, nameOf)]),
  )
}

function renamed(value: unknown, nameOf: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, nameOf))
  return typeof value === 'object' && value !== null ? apiNames(value as Value, nameOf) : value
}

function pascalCase(name: string): string {
  return name.replace(/(^|_)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase())
}
