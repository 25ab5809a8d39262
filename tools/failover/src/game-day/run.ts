import { StopTaskCommand, type Task } from '@aws-sdk/client-ecs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { gameDayMessage } from '@tideway/failover-lambda/game-day'
import { duration } from '../time'
import type { VerbContext } from '../verb'
import { type Experiment, Fis } from './fis'
import { giveBackMinutes, type Plan, type PlannedService } from './plan'
import { LostLock, type StateItem, type StoredState } from './state'
import { failures, measure, requestsOf, type Sample, type Verdict } from './verdict'
import { alarmsOn, describe, tasksOf } from './view'

export type RunContext = Pick<
  VerbContext,
  'account' | 'aws' | 'controller' | 'now' | 'print' | 'region' | 'signal'
>

export interface RunProps {
  readonly context: RunContext
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
      reason = `A call failed: ${error instanceof Error ? error.message : error}`
      problem = reason
    }
    const actsEndedAt = await context.now()
    context.print(`${reason} Nothing more is stopped. Putting everything back...`)
    const rest = await putBack(this.props, this.state, (samples) => this.note(samples))
    this.state = rest.state
    const endedAt = await context.now()
    const services = []
    for (const service of plan.services) {
      const stopped = this.stoppedOf.get(service.name) ?? 0
      const measured = measure(service, this.samples.get(service.name) ?? [], stopped, actsEndedAt)
      const requests = await requestsOf(context, service, this.state.startedAt, endedAt)
      services.push({ ...measured, requests })
    }
    await item.remove(this.state.version)
    const reasons = [...failures(plan, services, problem), ...rest.left]
    const { startedAt } = this.state
    return { isPassed: reasons.length === 0, reasons, ended: reason, startedAt, endedAt, services }
  }

  /** The tasks that stay: all that run now, but as many as a service loses at once. */
  private async chooseTasks(): Promise<void> {
    for (const service of this.plan.services) {
      const tasks = (await this.runningTasks(service)).filter((task) => this.isOnSpot(task))
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
      if (this.acts >= plan.maxTasks && this.isExperimentOver) {
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
    for (const service of plan.services) {
      const view = samples.get(service.name)
      if (view === undefined) return `${service.name} does not exist any more.`
      const tasks = (await this.runningTasks(service)).filter((task) => !this.isStopped(task))
      const sample = { ...view, running: tasks.length }
      this.note(new Map([[service.name, sample]]))
      if (sample.running + sample.standbyRunning < sample.desired) short.push(service.name)
      if (!service.isOnInstances) await this.stopTasks(service, sample, tasks)
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
    let missing = desired - running.length
    for (const task of running) {
      if (!this.isOnSpot(task) || this.kept.has(task.taskArn ?? '')) continue
      if (missing >= service.atOnce || this.acts >= this.plan.maxTasks) return
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

  /** One instance after the other: a template interrupts one, with a notice of two minutes. */
  private async interruptInstances(now: number): Promise<string | undefined> {
    const { templateId, maxTasks } = this.plan
    const { context } = this.props
    if (templateId === undefined) return undefined
    const fis = new Fis(context.aws.ecs)
    if (this.experiment !== undefined && !this.isExperimentOver) {
      this.experiment = await fis.get(this.experiment.id)
      const { status, reason = '' } = this.experiment.state
      if (status === 'failed' || status === 'stopped') {
        return `The experiment ${this.experiment.id} ${status}: ${reason}`
      }
    }
    const isDue = this.isExperimentOver && now >= this.nextExperimentAt
    if (!isDue || this.acts >= maxTasks || context.signal.aborted) return undefined
    // Unique for each experiment of a game day, and the same for a repeated call.
    const token = `game-day-${this.state.startedAt}-${this.state.experiments.length}`
    await this.write({ experiments: [...this.state.experiments, { token }] })
    const tags = { [tokenTag]: token, 'tideway:by': this.state.by }
    this.experiment = await fis.start(templateId, token, tags)
    const { id } = this.experiment
    this.nextExperimentAt = now + messageMilliseconds
    await this.write({
      experiments: this.state.experiments.map((one) => (one.token === token ? { token, id } : one)),
    })
    context.print(`started the experiment ${id}: one Spot instance (${this.acts} of ${maxTasks})`)
    return undefined
  }

  private get isExperimentOver(): boolean {
    return this.experiment === undefined || ended.includes(this.experiment.state.status)
  }

  private get acts(): number {
    return this.state.stopped.length + this.state.experiments.length
  }

  private async runningTasks({ name }: PlannedService): Promise<Task[]> {
    const tasks = await tasksOf(this.props.context, this.plan.cluster, name)
    return tasks
      .filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING')
      .sort((one, other) => ((one.taskArn ?? '') < (other.taskArn ?? '') ? -1 : 1))
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

/** Ends what runs, and waits until the services are as before. Says what is left after a quarter of an hour. */
async function putBack(
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

async function stopExperiments(context: RunContext, { experiments }: StoredState): Promise<void> {
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

/** What the services of a game day are like now. A service that was deleted is not among them. */
async function sampleAll(
  { context }: RunProps,
  cluster: string,
  { services }: StoredState,
  at: number,
): Promise<Map<string, Sample>> {
  const views = await describe(context, cluster, Object.entries(services).flat(2))
  return new Map(
    Object.entries(services).flatMap(([name, standbys]) => {
      const primary = views.get(name)
      if (primary === undefined) return []
      const found = standbys.flatMap((standby) => views.get(standby) ?? [])
      const sum = (field: 'desired' | 'running') =>
        found.reduce((total, standby) => total + standby[field], 0)
      const { desired, running } = primary
      const sample = {
        at,
        desired,
        running,
        standbyRunning: sum('running'),
        standbyDesired: sum('desired'),
      }
      return [[name, sample] as const]
    }),
  )
}

function partitionIn(arn: string): string {
  return arn.split(':')[1] ?? 'aws'
}
