import {
  AwsError,
  type Deployment,
  type EcsSimulation,
  type Service,
} from '@tideway/spot-simulator'
import type { ReleaseState } from '../console/state'
import type { DeployedTargetGroup } from '../delivery/deployed'
import type { Problems } from '../delivery/problems'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import type { Alarms } from '../monitoring/alarms'
import { type Input, respond } from '../patches/operations'
import { uuidOf } from '../patches/stores'
import { isTrue, list } from '../path/blocks'
import type { WeightedTargetGroup } from '../path/deployed-path'
import type { RequestPath } from '../path/request-path'
import { type AppSpec, appSpecOf } from './app-spec'
import {
  type AlarmConfiguration,
  type AutoRollback,
  type DeploymentGroup,
  type ReleaseSource,
  type Shift,
  shiftsOf,
} from './deployed-releases'

/** A path whose listeners send traffic to the task sets. */
type ShiftedPath = Pick<RequestPath, 'deployed' | 'setWeights'>

export interface ReleasesProps {
  readonly aws: EcsSimulation
  readonly source: ReleaseSource
  readonly targetGroups: readonly DeployedTargetGroup[]
  readonly alarms: Alarms
  readonly problems: Problems
  readonly onChange: (text: string) => void
}

type Status =
  | 'Created'
  | 'Queued'
  | 'InProgress'
  | 'Baking'
  | 'Ready'
  | 'Succeeded'
  | 'Failed'
  | 'Stopped'

type Phase = 'install' | 'ready' | 'shift' | 'terminate' | 'ended'

/** A deployment of CodeDeploy. Times are in milliseconds since 1970. */
export interface CodeDeployment {
  readonly id: string
  readonly group: DeploymentGroup
  readonly configName: string
  readonly input: Input
  readonly appSpec: AppSpec
  readonly creator: 'user' | 'codeDeployRollback'
  readonly createdAt: number
  readonly service: Service
  readonly shifts: readonly Shift[]
  readonly autoRollback: AutoRollback
  readonly alarms: AlarmConfiguration
  phase: Phase
  /** When the phase started. */
  since: number
  status: Status
  endedAt: number | undefined
  /** Of the traffic, to the new task set. */
  percent: number
  /** Whether it has moved traffic. */
  isShifted: boolean
  blue: Deployment
  green: Deployment | undefined
  error: { readonly code: string; readonly message: string } | undefined
  rollbackInfo: Readonly<Record<string, string>> | undefined
}

const pollSeconds = 10
/** For the new task set to be healthy. */
const installSeconds = 3600
const active: readonly Status[] = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready']

/** CodeDeploy for ECS: a second task set, traffic that moves to it step by step, and rollbacks. */
export class Releases {
  private readonly deployments = new Map<string, CodeDeployment>()
  private readonly paths: ShiftedPath[] = []

  constructor(private readonly props: ReleasesProps) {}

  /** The deployment group that releases a service. */
  groupOf({ clusterName, name }: Service): DeploymentGroup | undefined {
    return this.props.source.groups.find(({ ecsServices = [] }) =>
      ecsServices.some((each) => each.clusterName === clusterName && each.serviceName === name),
    )
  }

  /** Moves the traffic of a path from now on, as the releases so far have moved it. */
  attach(path: ShiftedPath): void {
    this.paths.push(path)
    for (const release of this.deployments.values()) if (release.isShifted) this.shift(release)
  }

  states(): ReleaseState[] {
    const recent = this.props.aws.now - 15 * 60_000
    return [...this.deployments.values()]
      .filter(({ creator, endedAt = recent }) => creator === 'user' && endedAt >= recent)
      .map((release) => ({
        service: release.service.name,
        state: stateOf(release),
        percent: release.percent,
        detail: release.error?.message ?? detailOf(release),
      }))
  }

  /** Releases a task definition on the capacity of the service. Returns the id. */
  start(service: Service, taskDefinition: string): string {
    const group = this.groupOf(service)
    if (group === undefined) {
      throw new Error(`${service.name}: no deployment group of CodeDeploy releases it`)
    }
    const { strategy, loadBalancers } = service.primary.release
    const { applicationName, deploymentGroupName } = group
    const { containerName = '', containerPort = 0 } = loadBalancers[0] ?? {}
    return this.create(
      { applicationName, deploymentGroupName, revision: { revisionType: 'AppSpecContent' } },
      {
        taskDefinition: this.props.aws.arns.taskDefinition(taskDefinition),
        containerName,
        containerPort,
        strategy,
        hooks: new Map(),
      },
    )
  }

  /** Undefined for calls about applications, configurations and groups. */
  respond(request: AwsRequest): AwsResponse | undefined {
    if (request.service !== 'codedeploy') return undefined
    return respond(request, this.operations)
  }

  private readonly operations: Readonly<Record<string, (input: Input) => object>> = {
    CreateDeployment: (input) => ({ deploymentId: this.create(input) }),
    GetDeployment: ({ deploymentId }) => ({ deploymentInfo: infoOf(this.find(deploymentId)) }),
    BatchGetDeployments: ({ deploymentIds }) => ({
      deploymentsInfo: list(deploymentIds).map((id) => infoOf(this.find(id))),
    }),
    ListDeployments: (input) => ({ deployments: this.list(input) }),
    StopDeployment: ({ deploymentId, autoRollbackEnabled }) => {
      const release = this.find(deploymentId)
      if (release.phase === 'ended') {
        const message = `The deployment ${release.id} is already completed.`
        throw new AwsError('DeploymentAlreadyCompletedException', message)
      }
      const isRollback = isTrue(autoRollbackEnabled ?? release.autoRollback.enabled)
      this.stop(release, undefined, isRollback)
      return { status: 'Succeeded', statusMessage: 'The deployment is stopped.' }
    },
    ContinueDeployment: ({ deploymentId, deploymentWaitType = 'READY_WAIT' }) => {
      const release = this.find(deploymentId)
      const phase = deploymentWaitType === 'READY_WAIT' ? 'ready' : 'terminate'
      if (release.phase !== phase) {
        const message = `The deployment ${release.id} does not wait for ${deploymentWaitType}.`
        throw new AwsError('DeploymentIsNotInReadyStateException', message)
      }
      if (phase === 'ready') this.startShift(release)
      else this.succeed(release)
      return {}
    },
  }

  private create(input: Input, given?: AppSpec): string {
    const { source, aws } = this.props
    const { applicationName, deploymentGroupName, revision } = input
    const group = source.groups.find(
      (each) =>
        each.applicationName === applicationName &&
        each.deploymentGroupName === deploymentGroupName,
    )
    if (!source.hasApplication(String(applicationName))) {
      const message = `No application found for name: ${applicationName}`
      throw new AwsError('ApplicationDoesNotExistException', message)
    }
    if (group === undefined) {
      const message = `No Deployment Group found for name: ${deploymentGroupName}`
      throw new AwsError('DeploymentGroupDoesNotExistException', message)
    }
    const open = [...this.deployments.values()].find(
      (each) => each.group.deploymentGroupName === deploymentGroupName && each.phase !== 'ended',
    )
    if (open !== undefined) {
      const message = `The Deployment Group '${deploymentGroupName}' already has an active Deployment '${open.id}'`
      throw new AwsError('DeploymentLimitExceededException', message)
    }
    const appSpec = given ?? appSpecOf(revision)
    const configName = String(
      input.deploymentConfigName ?? group.deploymentConfigName ?? 'CodeDeployDefault.ECSAllAtOnce',
    )
    const shifts = shiftsOf(source, configName)
    if (shifts === undefined) {
      const message = `No deployment configuration found for name: ${configName}`
      throw new AwsError('DeploymentConfigDoesNotExistException', message)
    }
    const [{ clusterName, serviceName } = {}] = group.ecsServices ?? []
    const service = aws.services.find(
      (each) => each.clusterName === clusterName && each.name === serviceName,
    )
    if (service === undefined || service.status !== 'ACTIVE') {
      const message = `The ECS service ${serviceName} in ${clusterName} does not exist.`
      throw new AwsError('InvalidECSServiceException', message)
    }
    const release: CodeDeployment = {
      id: this.newId(),
      group,
      configName,
      input,
      appSpec,
      creator: 'user',
      createdAt: aws.now,
      service,
      shifts,
      autoRollback: (input.autoRollbackConfiguration ??
        group.autoRollbackConfiguration ??
        {}) as AutoRollback,
      alarms: (input.overrideAlarmConfiguration ??
        group.alarmConfiguration ??
        {}) as AlarmConfiguration,
      phase: 'install',
      since: aws.now,
      status: 'Created',
      endedAt: undefined,
      percent: 0,
      isShifted: false,
      blue: service.primary,
      green: undefined,
      error: undefined,
      rollbackInfo: undefined,
    }
    this.deployments.set(release.id, release)
    // The call returns first.
    aws.simulation.after(0, () => this.install(release))
    return release.id
  }

  private install(release: CodeDeployment): void {
    const { aws, onChange, problems } = this.props
    const { service, appSpec, id } = release
    if (release.phase === 'ended') return
    release.status = 'InProgress'
    for (const [hook, functionName] of appSpec.hooks) {
      onChange(`${service.name}: the hook ${hook} of ${id} does not run here: ${functionName}`)
    }
    if (this.stopOnAlarm(release)) return
    const groups = this.groupArns(release)
    const target = groups.find((arn) => arn !== this.blueGroup(release))
    if (target === undefined || !groups.includes(this.blueGroup(release))) {
      const part = `deployment group ${release.group.deploymentGroupName}`
      const message = `its target groups must be that of the task set of ${service.name} and another one`
      problems.add(part, message)
      this.fail(release, 'INVALID_ECS_SERVICE', `${part}: ${message}.`)
      return
    }
    // A deployment that was stopped without a rollback may have left one, with a part of the traffic.
    if (service.deployments.length > 1) {
      this.setPercent(release, 0)
      aws.terminateOtherTaskSet(service)
    }
    const { containerName, containerPort } = appSpec
    try {
      aws.startGreen(service, {
        taskDefinition: appSpec.taskDefinition,
        loadBalancers: [{ targetGroupArn: target, containerName, containerPort }],
        ...(appSpec.strategy && { strategy: appSpec.strategy }),
      })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      this.fail(release, 'INVALID_ECS_SERVICE', error.message)
      return
    }
    release.green = service.deployments[1]
    onChange(`${service.name}: release ${id} starts new tasks`)
    this.poll(release)
  }

  private poll(release: CodeDeployment): void {
    if (isEnded(release)) return
    this.advance(release)
    if (isEnded(release)) return
    this.props.aws.simulation.after(pollSeconds, () => this.poll(release))
  }

  private advance(release: CodeDeployment): void {
    const { aws } = this.props
    const { service, green, group } = release
    if (green === undefined || !service.deployments.includes(green)) {
      this.fail(release, 'ECS_UPDATE_ERROR', 'The replacement task set does not exist any more.')
      return
    }
    if (this.stopOnAlarm(release)) return
    const { phase } = release
    const seconds = (aws.now - release.since) / 1000
    const { deploymentReadyOption: ready, terminateBlueInstancesOnDeploymentSuccess: old } =
      group.blueGreenDeploymentConfiguration ?? {}
    switch (phase) {
      case 'install': {
        const healthy = service.tasksOf(green).filter(({ isServing }) => isServing).length
        if (healthy >= service.desiredCount) {
          if (ready?.actionOnTimeout === 'STOP_DEPLOYMENT') this.enter(release, 'ready', 'Ready')
          else this.startShift(release)
        } else if (seconds >= installSeconds) {
          const limit = 'This time out period is 60 minutes.'
          const message = `The deployment timed out while waiting for the replacement task set to become healthy. ${limit}`
          this.fail(release, 'TIMEOUT', message)
        }
        break
      }
      case 'ready':
        if (seconds >= Number(ready?.waitTimeInMinutes ?? 0) * 60) {
          const message = 'The traffic was not rerouted within the wait time.'
          this.stop(release, { code: 'MANUAL_STOP', message }, isTrue(release.autoRollback.enabled))
        }
        break
      case 'shift':
        this.shiftTraffic(release, seconds)
        break
      case 'terminate':
        if (seconds >= Number(old?.terminationWaitTimeInMinutes ?? 0) * 60) this.succeed(release)
        break
    }
  }

  private startShift(release: CodeDeployment): void {
    this.enter(release, 'shift', 'InProgress')
    this.shiftTraffic(release, 0)
  }

  private shiftTraffic(release: CodeDeployment, seconds: number): void {
    const { aws, onChange } = this.props
    const { service, shifts, id } = release
    const due = shifts.filter(({ afterSeconds }) => afterSeconds <= seconds)
    const percent = due.at(-1)?.percent ?? 0
    if (percent === release.percent) return
    this.setPercent(release, percent)
    onChange(`${service.name}: ${percent} % of the requests reach the new tasks of ${id}`)
    if (percent < 100) return
    aws.rerouteTraffic(service)
    this.enter(release, 'terminate', 'InProgress')
    this.advance(release)
  }

  private succeed(release: CodeDeployment): void {
    const { aws, onChange } = this.props
    const { service, group } = release
    const { action } =
      group.blueGreenDeploymentConfiguration?.terminateBlueInstancesOnDeploymentSuccess ?? {}
    if (action !== 'KEEP_ALIVE') aws.terminateOtherTaskSet(service)
    this.end(release, 'Succeeded')
    onChange(`${service.name}: release ${release.id} succeeded`)
  }

  /** Returns whether the release has stopped. */
  private stopOnAlarm(release: CodeDeployment): boolean {
    const { alarms } = this.props
    if (!isTrue(release.alarms.enabled)) return false
    const names = (release.alarms.alarms ?? []).map(({ name = '' }) => name)
    const active = names.filter((name) => alarms.statusOf(name).StateValue === 'ALARM')
    if (active.length === 0) return false
    const message = `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <${active.join(', ')}>`
    const isRollback = rollsBackOn(release, 'DEPLOYMENT_STOP_ON_ALARM')
    this.stop(release, { code: 'ALARM_ACTIVE', message }, isRollback)
    return true
  }

  private stop(release: CodeDeployment, error: CodeDeployment['error'], isRollback: boolean): void {
    release.error = error
    this.end(release, 'Stopped')
    this.props.onChange(
      `${release.service.name}: release ${release.id} is stopped${error ? `: ${error.message}` : ''}`,
    )
    if (isRollback) this.rollBack(release)
  }

  private fail(release: CodeDeployment, code: string, message: string): void {
    release.error = { code, message }
    this.end(release, 'Failed')
    this.props.onChange(`${release.service.name}: release ${release.id} failed: ${message}`)
    if (rollsBackOn(release, 'DEPLOYMENT_FAILURE')) this.rollBack(release)
  }

  /** All traffic goes to the old tasks again, and the new ones end. It is a deployment of its own. */
  private rollBack(release: CodeDeployment): void {
    const { aws, onChange } = this.props
    const { service, green, blue } = release
    const id = this.newId()
    const rollback: CodeDeployment = {
      ...release,
      id,
      creator: 'codeDeployRollback',
      createdAt: aws.now,
      endedAt: aws.now,
      status: 'Succeeded',
      phase: 'ended',
      percent: 0,
      isShifted: release.isShifted,
      error: undefined,
      rollbackInfo: {
        rollbackTriggeringDeploymentId: release.id,
        rollbackMessage: `Deployment ${id} rolls ${release.id} back.`,
      },
    }
    this.deployments.set(id, rollback)
    release.rollbackInfo = {
      rollbackDeploymentId: id,
      rollbackMessage: `Deployment ${release.id} is rolled back by ${id}.`,
    }
    if (release.percent > 0) this.setPercent(release, 0)
    if (green !== undefined && service.deployments.includes(blue)) {
      if (service.primary === green) aws.rerouteTraffic(service)
      if (service.deployments.length > 1) aws.terminateOtherTaskSet(service)
    }
    onChange(`${service.name}: all requests reach the old tasks again, by rollback ${id}`)
  }

  private end(release: CodeDeployment, status: Status): void {
    const { now } = this.props.aws
    release.phase = 'ended'
    release.status = status
    release.endedAt = now
  }

  private enter(release: CodeDeployment, phase: Phase, status: Status): void {
    release.phase = phase
    release.since = this.props.aws.now
    release.status = status
  }

  private setPercent(release: CodeDeployment, percent: number): void {
    release.percent = percent
    release.isShifted = true
    this.shift(release)
  }

  private shift(release: CodeDeployment): void {
    const blue = this.blueGroup(release)
    const weights = this.groupArns(release).map((targetGroupArn) => ({
      targetGroupArn,
      weight: targetGroupArn === blue ? 100 - release.percent : release.percent,
    }))
    for (const path of this.paths) setWeights(path, listenersOf(release), weights)
  }

  private blueGroup({ blue }: CodeDeployment): string {
    return blue.release.loadBalancers[0]?.targetGroupArn ?? ''
  }

  private groupArns({ group }: CodeDeployment): string[] {
    const [pair] = group.loadBalancerInfo?.targetGroupPairInfoList ?? []
    const names = (pair?.targetGroups ?? []).map(({ name }) => name)
    const arns = names.map(
      (name) => this.props.targetGroups.find((each) => each.name === name)?.arn,
    )
    return arns.flatMap((arn) => arn ?? [])
  }

  private list(input: Input): string[] {
    const { applicationName, deploymentGroupName, includeOnlyStatuses } = input
    const statuses = list(includeOnlyStatuses)
    return [...this.deployments.values()]
      .filter(
        ({ group, status }) =>
          (applicationName === undefined || group.applicationName === applicationName) &&
          (deploymentGroupName === undefined ||
            group.deploymentGroupName === deploymentGroupName) &&
          (statuses.length === 0 || statuses.includes(status)),
      )
      .map(({ id }) => id)
      .reverse()
  }

  private find(id: unknown): CodeDeployment {
    const release = this.deployments.get(String(id))
    if (release !== undefined) return release
    throw new AwsError('DeploymentDoesNotExistException', `The deployment ${id} does not exist.`)
  }

  private newId(): string {
    const letters = uuidOf(`deployment ${this.deployments.size}`).replaceAll('-', '').toUpperCase()
    return `d-${letters.slice(0, 9)}`
  }
}

/** Changes the rules of the listeners, and their default actions, that forward to one of the target groups. */
function setWeights(
  path: ShiftedPath,
  listenerArns: readonly string[],
  weights: readonly WeightedTargetGroup[],
): void {
  const arns = weights.map(({ targetGroupArn }) => targetGroupArn)
  const listeners = path.deployed.loadBalancers.flatMap((each) => each.listeners)
  for (const { arn, rules, defaultActions } of listeners) {
    if (!listenerArns.includes(arn)) continue
    for (const rule of [{ arn, actions: defaultActions }, ...rules]) {
      const forwards = rule.actions.some(
        (action) =>
          action.type === 'forward' &&
          action.targetGroups.some(({ targetGroupArn }) => arns.includes(targetGroupArn)),
      )
      if (forwards) path.setWeights(rule.arn, weights)
    }
  }
}

function isEnded({ phase }: CodeDeployment): boolean {
  return phase === 'ended'
}

function listenersOf({ group }: CodeDeployment): readonly string[] {
  const pairs = group.loadBalancerInfo?.targetGroupPairInfoList ?? []
  return pairs.flatMap(({ prodTrafficRoute }) => prodTrafficRoute?.listenerArns ?? [])
}

function rollsBackOn({ autoRollback }: CodeDeployment, event: string): boolean {
  return isTrue(autoRollback.enabled) && (autoRollback.events ?? []).includes(event)
}

function stateOf({ status, rollbackInfo }: CodeDeployment): ReleaseState['state'] {
  if (rollbackInfo !== undefined) return 'rolled back'
  if (status === 'Succeeded') return 'succeeded'
  return active.includes(status) ? 'in progress' : 'failed'
}

function detailOf({ phase, status, percent, id }: CodeDeployment): string {
  switch (phase) {
    case 'install':
      return 'waits until the new tasks are healthy'
    case 'ready':
      return `waits for aws deploy continue-deployment --deployment-id ${id}`
    case 'shift':
      return `${percent} % of the requests reach the new tasks`
    case 'terminate':
      return 'the old tasks stay for a while, for a rollback'
    default:
      return status === 'Succeeded' ? 'all requests reach the new tasks' : 'stopped'
  }
}

function infoOf(release: CodeDeployment): object {
  const { id, group, input, status, error, endedAt, createdAt, creator } = release
  const isOpen = active.includes(status)
  const count = (name: string, isIt: boolean) => ({ [name]: isIt ? 1 : 0 })
  return {
    applicationName: group.applicationName,
    deploymentGroupName: group.deploymentGroupName,
    deploymentConfigName: release.configName,
    deploymentId: id,
    revision: input.revision,
    description: input.description,
    status,
    creator,
    createTime: createdAt / 1000,
    startTime: createdAt / 1000,
    ...(endedAt !== undefined && { completeTime: endedAt / 1000 }),
    ...(error && { errorInformation: error }),
    deploymentOverview: {
      ...count('Pending', status === 'Created'),
      ...count('InProgress', isOpen && status !== 'Created' && status !== 'Ready'),
      ...count('Ready', status === 'Ready'),
      ...count('Succeeded', status === 'Succeeded'),
      ...count('Failed', status === 'Failed' || status === 'Stopped'),
      Skipped: 0,
    },
    deploymentStyle: {
      deploymentType: 'BLUE_GREEN',
      deploymentOption: 'WITH_TRAFFIC_CONTROL',
    },
    instanceTerminationWaitTimeStarted: release.phase === 'terminate',
    blueGreenDeploymentConfiguration: group.blueGreenDeploymentConfiguration,
    autoRollbackConfiguration: release.autoRollback,
    loadBalancerInfo: group.loadBalancerInfo,
    rollbackInfo: release.rollbackInfo ?? {},
    computePlatform: 'ECS',
  }
}
