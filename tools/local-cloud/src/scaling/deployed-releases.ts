import type { AwsCalls } from '../aws-call'

/** A deployment group of CodeDeploy for ECS, by the names of the API. */
export interface DeploymentGroup {
  readonly applicationName: string
  readonly deploymentGroupName: string
  readonly serviceRoleArn?: string
  /** @default CodeDeployDefault.ECSAllAtOnce */
  readonly deploymentConfigName?: string
  readonly ecsServices?: readonly {
    readonly clusterName?: string
    readonly serviceName?: string
  }[]
  readonly loadBalancerInfo?: {
    readonly targetGroupPairInfoList?: readonly {
      readonly targetGroups?: readonly { readonly name?: string }[]
      readonly prodTrafficRoute?: { readonly listenerArns?: readonly string[] }
    }[]
  }
  readonly blueGreenDeploymentConfiguration?: {
    readonly deploymentReadyOption?: {
      readonly actionOnTimeout?: 'CONTINUE_DEPLOYMENT' | 'STOP_DEPLOYMENT'
      readonly waitTimeInMinutes?: number
    }
    readonly terminateBlueInstancesOnDeploymentSuccess?: {
      readonly action?: 'TERMINATE' | 'KEEP_ALIVE'
      readonly terminationWaitTimeInMinutes?: number
    }
  }
  readonly autoRollbackConfiguration?: AutoRollback
  readonly alarmConfiguration?: AlarmConfiguration
}

export interface AutoRollback {
  readonly enabled?: boolean
  readonly events?: readonly string[]
}

export interface AlarmConfiguration {
  readonly enabled?: boolean
  readonly alarms?: readonly { readonly name?: string }[]
}

export interface DeploymentConfiguration {
  readonly trafficRoutingConfig?: TrafficRouting
}

export interface TrafficRouting {
  readonly type?: 'AllAtOnce' | 'TimeBasedCanary' | 'TimeBasedLinear'
  readonly timeBasedCanary?: {
    readonly canaryPercentage?: number
    readonly canaryInterval?: number
  }
  readonly timeBasedLinear?: {
    readonly linearPercentage?: number
    readonly linearInterval?: number
  }
}

/** The deployment groups of all applications, from the emulator. */
export async function readDeploymentGroups(calls: AwsCalls): Promise<DeploymentGroup[]> {
  const codedeploy = <Output>(operation: string, input = {}) =>
    calls.json<Output>('codedeploy', operation, input)
  const { applications } = await codedeploy<{ applications: string[] }>('ListApplications')
  const all = applications.map(async (applicationName) => {
    const { deploymentGroups } = await codedeploy<{ deploymentGroups: string[] }>(
      'ListDeploymentGroups',
      { applicationName },
    )
    return deploymentGroups.map((deploymentGroupName) => ({ applicationName, deploymentGroupName }))
  })
  const names = (await Promise.all(all)).flat()
  return Promise.all(
    names.map(async (name) => {
      const { deploymentGroupInfo } = await codedeploy<{ deploymentGroupInfo: DeploymentGroup }>(
        'GetDeploymentGroup',
        name,
      )
      return deploymentGroupInfo
    }),
  )
}

/** What is deployed now: read at the start of each release. */
export interface ReleaseSource {
  readonly groups: readonly DeploymentGroup[]
  hasApplication(name: string): boolean
  /** Undefined for a name that is not one of the account's own. */
  configuration(name: string): DeploymentConfiguration | undefined
}

export const noReleases: ReleaseSource = {
  groups: [],
  hasApplication: () => false,
  configuration: () => undefined,
}

/** A part of the traffic for the new revision, from a time after the start of the shift on. */
export interface Shift {
  readonly afterSeconds: number
  readonly percent: number
}

/** The steps of a configuration, the last one with all traffic. Undefined: there is none of that name. */
export function shiftsOf(source: ReleaseSource, name: string): readonly Shift[] | undefined {
  const own = source.configuration(name)
  const all = { afterSeconds: 0, percent: 100 }
  if (own !== undefined) return shiftsOfRouting(own.trafficRoutingConfig ?? {})
  const [, canary, canaryMinutes, linear, linearMinutes, atOnce] =
    /^CodeDeployDefault\.ECS(?:Canary(10)Percent(5|15)Minutes|Linear(10)PercentEvery(1|3)Minutes|(AllAtOnce))$/.exec(
      name,
    ) ?? []
  if (atOnce) return [all]
  if (canary) return canaryOf(Number(canary), Number(canaryMinutes))
  return linear ? linearOf(Number(linear), Number(linearMinutes)) : undefined
}

function shiftsOfRouting({ type, timeBasedCanary, timeBasedLinear }: TrafficRouting) {
  if (type === 'TimeBasedCanary') {
    const { canaryPercentage = 0, canaryInterval = 0 } = timeBasedCanary ?? {}
    return canaryOf(Number(canaryPercentage), Number(canaryInterval))
  }
  if (type === 'TimeBasedLinear') {
    const { linearPercentage = 100, linearInterval = 0 } = timeBasedLinear ?? {}
    return linearOf(Number(linearPercentage), Number(linearInterval))
  }
  return [{ afterSeconds: 0, percent: 100 }]
}

function canaryOf(percent: number, minutes: number): Shift[] {
  return [
    { afterSeconds: 0, percent },
    { afterSeconds: minutes * 60, percent: 100 },
  ]
}

function linearOf(percent: number, minutes: number): Shift[] {
  return Array.from({ length: Math.ceil(100 / percent) }, (_, index) => ({
    afterSeconds: index * minutes * 60,
    percent: Math.min(100, (index + 1) * percent),
  }))
}
