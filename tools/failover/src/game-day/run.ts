import { StopTaskCommand, type Task } from '@aws-sdk/client-ecs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { ServiceState } from '@tideway/failover-lambda/ecs'
import { gameDayMessage } from '@tideway/failover-lambda/game-day'
import { pairOf } from '@tideway/failover-lambda/pair'
import { explain, OperatorError } from '../errors'
import type { Reader } from '../pairs'
import { duration } from '../time'
import type { VerbContext } from '../verb'
import { type Experiment, Fis } from './fis'
import { experimentMinutes, giveBackMinutes, type Plan, type PlannedService, shareOf } from './plan'
import { actsOf, LostLock, putBackCommand, type StateItem, type StoredState } from './state'
import { failures, measure, requestsOf, type Sample, type Verdict } from './verdict'
import { alarmsOn, mostOnOneInstance, runningTasks } from './view'

export interface RunProps {
  readonly context: VerbContext
  readonly reader: Reader
  readonly item: StateItem
  /** Ends early when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

const pollMilliseconds = 5000
const heartbeatMilliseconds = 30_000

/** A message counts no longer than a notice does. */
const messageMilliseconds = 180_000

/** The tag of an experiment, with its token: to find it if the answer that names it is lost. */
const tokenTag = 'tideway:game-day'

const ended = ['completed', 'stopped', 'failed', 'cancelled']

/** One game day, from the lock to the verdict. Everything that it changes ends by itself, or is in the state first. */
export class GameDay {
  private state: StoredState
  private readonly samples = new Map<string, Sample[]>()
  private readonly stoppedOf = new Map<string, number>()
  private readonly kept = new Set<string>()
  private alarmsReadAt = 0
  private uncoveredSince: number | undefined
  private nextExperimentAt = 0
  private onInstances: Task[] = []
  private missingOnInstances = 0
  private isFull = false
  private experiment: Experiment | undefined

  private constructor(
    private readonly props: RunProps,
    private readonly plan: Plan,
    state: StoredState,
  ) {
    this.state = state
  }

  static async run(props: RunProps, plan: Plan, by: string): Promise<Verdict> {
    const { context, item } = props
    const startedAt = await context.now()
    // The lock. Nothing has been changed before.
    const state = await item.write(
      {
        by,
        startedAt,
        aliveAt: startedAt,
        endsAt: startedAt + plan.minutes * 60_000,
        services: Object.fromEntries(plan.services.map(({ name, standbys }) => [name, standbys])),
        stopped: [],
        experiments: [],
      },
      0,
    )
    return new GameDay(props, plan, state).run()
  }

  private async run(): Promise<Verdict> {
    const { context, item } = this.props
    const { plan } = this
    let problem: string | undefined
    let reason = ''
    try {
      await this.chooseTasks()
      const end = await this.drought()
      reason = end.reason
      if (end.isProblem) problem = end.reason
    } catch (error) {
      if (error instanceof LostLock) throw error
      reason = `A call failed: ${explain(error, context) ?? error}`
      problem = reason
    }
    const actsEndedAt = await context.now()
    context.print(`${reason} Nothing more is stopped. Putting everything back...`)
    const rest = await putBack(this.props, this.state, (samples) => this.note(samples))
    this.state = rest.state
    await item.remove(this.state.version)
    const endedAt = await context.now()
    const { startedAt, experiments } = this.state
    const services = []
    for (const service of plan.services) {
      const stopped = this.stoppedOf.get(service.name) ?? 0
      const measured = measure(service, this.samples.get(service.name) ?? [], stopped, actsEndedAt)
      const requests = await requestsOf(context, service, startedAt, endedAt)
      services.push({ ...measured, requests })
    }
    const measured = { services, instances: experiments.length }
    const reasons = [...failures(plan, measured, problem), ...rest.left]
    return {
      isPassed: reasons.length === 0,
      reasons,
      ended: reason,
      startedAt,
      endedAt,
      ...measured,
    }
  }

  /** The tasks that stay: all that run now, but as many as a service loses at once. */
  private async chooseTasks(): Promise<void> {
    for (const service of this.plan.services) {
      const tasks = (await this.tasksOf(service)).filter((task) => this.isOnSpot(task))
      const chosen = service.isOnInstances ? 0 : service.atOnce
      for (const { taskArn = '' } of tasks.slice(chosen)) this.kept.add(taskArn)
    }
  }

  /** Until the end, a limit, or a reason to stop. */
  private async drought(): Promise<{ readonly reason: string; readonly isProblem: boolean }> {
    const { context, sleep } = this.props
    const { plan } = this
    for (;;) {
      const now = await context.now()
      if (context.signal.aborted) return { reason: 'It was ended by Ctrl-C.', isProblem: true }
      if (now >= this.state.endsAt) return { reason: 'The time is over.', isProblem: false }
      if ((this.acts >= plan.maxTasks || this.isFull) && this.isExperimentOver) {
        return { reason: `The limit of ${plan.maxTasks} in all is reached.`, isProblem: false }
      }
      const problem =
        (await this.alarm(now)) ?? (await this.look(now)) ?? (await this.interruptInstances(now))
      if (problem !== undefined) return { reason: problem, isProblem: true }
      if (now - this.state.aliveAt >= heartbeatMilliseconds) await this.write({})
      await sleep(pollMilliseconds, context.signal)
    }
  }

  private async alarm(now: number): Promise<string | undefined> {
    if (now - this.alarmsReadAt < heartbeatMilliseconds) return undefined
    this.alarmsReadAt = now
    const [alarm] = await alarmsOn(this.props.context)
    return alarm && `The alarm ${alarm} went off.`
  }

  /** Samples all services, and stops the tasks that a pool without capacity would not have. */
  private async look(now: number): Promise<string | undefined> {
    const { plan, props } = this
    const samples = await sampleAll(props, plan.cluster, this.state, now)
    const short: string[] = []
    this.onInstances = []
    this.missingOnInstances = 0
    for (const service of plan.services) {
      const view = samples.get(service.name)
      if (view?.obstacle !== undefined) return view.obstacle
      const tasks = (await this.tasksOf(service)).filter((task) => !this.isStopped(task))
      const sample = { ...view, running: tasks.length } as Sample
      this.note(new Map([[service.name, sample]]))
      if (sample.running + sample.standbyRunning < sample.desired) short.push(service.name)
      if (service.isOnInstances) {
        this.onInstances.push(...tasks)
        this.missingOnInstances += Math.max(0, sample.desired - sample.running)
      } else {
        await this.stopTasks(service, sample, tasks)
      }
    }
    if (short.length === 0) this.uncoveredSince = undefined
    else this.uncoveredSince ??= now
    const seconds = (now - (this.uncoveredSince ?? now)) / 1000
    if (seconds < plan.maxUncoveredSeconds) return undefined
    return `Tasks of ${short.join(', ')} have been uncovered for ${duration(1000 * seconds)}.`
  }

  private async stopTasks(
    service: PlannedService,
    { desired }: Sample,
    running: readonly Task[],
  ): Promise<void> {
    // Autoscaling may have lowered the desired count since.
    const atOnce = Math.min(service.atOnce, shareOf(desired, this.plan.share))
    let missing = desired - running.length
    for (const task of running) {
      if (!this.isOnSpot(task) || this.kept.has(task.taskArn ?? '')) continue
      if (missing >= atOnce || this.acts >= this.plan.maxTasks) return
      if (this.props.context.signal.aborted) return
      missing++
      await this.stopTask(service, task.taskArn ?? '')
    }
  }

  /** First the state, then the notice, then the end of the task. */
  private async stopTask({ name }: PlannedService, taskArn: string): Promise<void> {
    const { aws, account, region, controller, print, now } = this.props.context
    const { cluster } = this.plan
    const { by, endsAt, stopped } = this.state
    await this.write({ stopped: [...stopped, taskArn] })
    this.stoppedOf.set(name, (this.stoppedOf.get(name) ?? 0) + 1)
    const at = await now()
    const message = gameDayMessage({
      clusterArn: `arn:${partitionIn(taskArn)}:ecs:${region}:${account}:cluster/${cluster}`,
      service: name,
      taskArn,
      by,
      at,
      until: Math.min(endsAt, at + messageMilliseconds),
    })
    const { Failed = [] } = await aws.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: controller.queueUrl,
        Entries: [{ Id: '0', MessageBody: message }],
      }),
    )
    if (Failed.length > 0) throw new Error(`SQS did not accept the message: ${Failed[0]?.Message}`)
    const reason = `Game day by ${by}: simulated interruption by Spot`.slice(0, 255)
    try {
      await aws.ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason }))
    } catch (error) {
      // It has ended meanwhile.
      if ((error as Error).name !== 'InvalidParameterException') throw error
    }
    print(`${name}: stopped ${taskArn.split('/').at(-1)} (${this.acts} of ${this.plan.maxTasks})`)
  }

  /** One instance after the other, each when the services have all of their tasks again. */
  private async interruptInstances(now: number): Promise<string | undefined> {
    const { plan } = this
    const { groups, maxTasks } = plan
    const { context } = this.props
    const fis = new Fis(context.aws.ecs)
    if (this.experiment !== undefined && !this.isExperimentOver) {
      this.experiment = await fis.get(this.experiment.id)
      const { status, reason = '' } = this.experiment.state
      if (status === 'failed' || status === 'stopped') {
        return `The experiment ${this.experiment.id} ${status}: ${reason}`
      }
    }
    const { experiments } = this.state
    const isDue = this.isExperimentOver && now >= this.nextExperimentAt
    if (!isDue || this.missingOnInstances > 0 || context.signal.aborted) return undefined
    // Each group in its turn. An empty one has nothing to interrupt.
    const filled = groups
      .map((group) => ({ ...group, tasks: mostOnOneInstance(this.onInstances, group.provider) }))
      .filter(({ tasks }) => tasks > 0)
    const possible = filled.filter(({ tasks }) => this.acts + tasks <= maxTasks)
    this.isFull =
      filled.length > possible.length &&
      possible.length === 0 &&
      plan.services.every((service) => service.isOnInstances)
    const next = possible[experiments.length % Math.max(1, possible.length)]
    if (next === undefined) return undefined
    // Unique for each experiment of a game day, and the same for a repeated call.
    const token = `game-day-${this.state.startedAt}-${experiments.length}`
    const { name: group, tasks } = next
    await this.write({ experiments: [...experiments, { token, group, tasks }] })
    const tags = { [tokenTag]: token, 'tideway:by': this.state.by }
    this.experiment = await fis.start(next.templateId, token, tags)
    const { id } = this.experiment
    this.nextExperimentAt = now + experimentMinutes * 60_000
    await this.write({
      experiments: this.state.experiments.map((one) =>
        one.token === token ? { ...one, id } : one,
      ),
    })
    context.print(
      `${group}: started the experiment ${id}, one instance (${this.acts} of ${maxTasks})`,
    )
    return undefined
  }

  private get isExperimentOver(): boolean {
    return this.experiment === undefined || ended.includes(this.experiment.state.status)
  }

  /** Tasks that were stopped, and those that an instance had at most. */
  private get acts(): number {
    const { stopped, experiments } = this.state
    return stopped.length + experiments.reduce((sum, { tasks = 1 }) => sum + tasks, 0)
  }

  private tasksOf({ name }: PlannedService): Promise<Task[]> {
    return runningTasks(this.props.reader, this.plan.cluster, name)
  }

  private isOnSpot({ capacityProviderName = '' }: Task): boolean {
    return this.props.context.controller.spotProviders.includes(capacityProviderName)
  }

  private isStopped({ taskArn = '' }: Task): boolean {
    return this.state.stopped.includes(taskArn)
  }

  private note(samples: ReadonlyMap<string, Sample>): void {
    for (const [name, sample] of samples) {
      this.samples.set(name, [...(this.samples.get(name) ?? []), sample])
    }
  }

  private async write(changes: Partial<StoredState>): Promise<void> {
    const { context, item } = this.props
    const { version, ...state } = { ...this.state, ...changes, aliveAt: await context.now() }
    this.state = await item.write(state, version)
  }
}

/** Takes over a game day whose run was killed, puts everything back, and frees the lock. */
export async function putBackKilled(
  props: RunProps,
  stored: StoredState,
): Promise<readonly string[]> {
  const { version, ...killed } = stored
  // A run that still lives fails at its next act.
  const taken = await props.item.write({ ...killed, aliveAt: await props.context.now() }, version)
  const { state, left } = await putBack(props, taken)
  await props.item.remove(state.version)
  return left
}

/** As `restore`. If it cannot, it says what is left, and the command for it. */
async function putBack(...args: Parameters<typeof restore>): ReturnType<typeof restore> {
  const [{ context, item }, stored] = args
  try {
    return await restore(...args)
  } catch (error) {
    const cause = explain(error, context)
    if (error instanceof LostLock || cause === undefined) throw error
    throw new OperatorError(
      `${cause}\nThe game day is NOT put back: ${actsOf(stored)} (${Object.keys(stored.services).join(', ')}). Nothing more is stopped, and the controller covers what is missing. An experiment may still run, and no other game day can begin. Put it back, once the cause is gone: ${putBackCommand(context, item.cluster)}`,
    )
  }
}

/** Ends what runs, and waits until the services are as before. Says what is left after a quarter of an hour. */
async function restore(
  props: RunProps,
  stored: StoredState,
  note?: (samples: ReadonlyMap<string, Sample>) => void,
): Promise<{ readonly state: StoredState; readonly left: readonly string[] }> {
  const { context, item, sleep } = props
  const { cluster } = item
  let state = stored
  await stopExperiments(context, state)
  const until = (await context.now()) + giveBackMinutes * 60_000
  for (;;) {
    const now = await context.now()
    const samples = await sampleAll(props, cluster, state, now)
    note?.(samples)
    const left = [...samples].flatMap(([name, sample]) => leftOf(name, sample))
    if (left.length === 0 || now >= until) return { state, left }
    if (now - state.aliveAt >= heartbeatMilliseconds) {
      const { version, ...rest } = state
      state = await item.write({ ...rest, aliveAt: now }, version)
    }
    await sleep(pollMilliseconds)
  }
}

function leftOf(name: string, sample: Sample): string[] {
  const { desired, running, standbyRunning, standbyDesired } = sample
  const standby = Math.max(standbyRunning, standbyDesired)
  return [
    ...(running < desired ? [`${name}: ${running} of ${desired} tasks run.`] : []),
    ...(standby > 0 ? [`${name}: its standbys still have ${standby} tasks.`] : []),
  ]
}

async function stopExperiments(context: VerbContext, { experiments }: StoredState): Promise<void> {
  if (experiments.length === 0) return
  const fis = new Fis(context.aws.ecs)
  const ids = new Set(experiments.flatMap(({ id }) => id ?? []))
  const lost = new Set(experiments.filter(({ id }) => id === undefined).map(({ token }) => token))
  if (lost.size > 0) {
    for (const { id, tags } of await fis.experiments()) {
      if (lost.has(tags?.[tokenTag] ?? '')) ids.add(id)
    }
  }
  for (const id of ids) {
    const { state } = await fis.get(id)
    if (ended.includes(state.status) || state.status === 'stopping') continue
    await fis.stop(id)
    context.print(`stopped the experiment ${id}`)
  }
}

/** What the services of a game day are like now. One that was deleted needs no tasks. */
async function sampleAll(
  { reader }: RunProps,
  cluster: string,
  { services }: StoredState,
  at: number,
): Promise<Map<string, Sample & { readonly obstacle?: string }>> {
  const views = await reader.ecs.describeServices(cluster, Object.entries(services).flat(2))
  return new Map(
    Object.entries(services).map(([name, standbys]) => {
      const primary = views.get(name)
      const found = standbys.flatMap((standby) => views.get(standby) ?? [])
      const sum = (field: 'desired' | 'running') =>
        found.reduce((total, standby) => total + (standby.active ? standby[field] : 0), 0)
      const { desired, running } = primary?.active ? primary : { desired: 0, running: 0 }
      const obstacle = obstacleIn(cluster, name, primary, at)
      const sample = {
        at,
        desired,
        running,
        standbyRunning: sum('running'),
        standbyDesired: sum('desired'),
        ...(obstacle !== undefined && { obstacle }),
      }
      return [name, sample] as const
    }),
  )
}

/** Why a service can have no drought any more. */
function obstacleIn(
  cluster: string,
  name: string,
  state: ServiceState | undefined,
  now: number,
): string | undefined {
  if (!state?.active) return `${name} does not exist any more.`
  if (state.isDeploying) return `${name} is being deployed.`
  const mode = pairOf(cluster, name, state.tags, now)?.operator.mode
  if (mode === undefined || mode === 'auto') return undefined
  return `${name} is ${mode === 'hold' ? 'held' : 'forced'}.`
}

function partitionIn(arn: string): string {
  return arn.split(':')[1] ?? 'aws'
}
