import { Readable } from 'node:stream'
import { DirectAccount, SimulatedController } from '@tideway/failover-lambda/harness'
import type { Aws } from '../src/aws'
import { failedCalls } from '../src/errors'
import type { Values, VerbContext } from '../src/verb'
import { runVerb } from '../src/verbs/gameday'
import { status } from '../src/verbs/status'

export interface Call {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** What the game day has done before, and the tasks that run. */
  readonly before?: string
}

/** Fails as a killed process does: neither this call nor any later one of the run has a result. */
class Killed extends Error {
  override readonly name = 'Killed'
}

type Recorder = (call: Call, run: () => Promise<unknown>) => Promise<unknown>

type Answer = (input: Readonly<Record<string, unknown>>) => object

/** An account with the controller as deployed, in which game days are run. */
export class GameDayAccount extends DirectAccount {
  readonly controller: SimulatedController
  /** The calls of all runs, in order. */
  readonly calls: Call[] = []
  readonly lines: string[] = []
  /** The names of the alarms that are on. */
  alarms: string[] = []
  updateStatus = 'Successful'
  /** The groups with an experiment template. */
  groups: readonly string[]
  credentialsExpired = false
  answer: string | undefined = 'dev'
  /** Sums of CloudWatch, by the name of the metric, before and since a moment. */
  requests: { readonly from: number; readonly before: Sums; readonly since: Sums } | undefined
  readonly experiments = new Map<string, Experiment>()
  hasUsers = false

  /** @param groups those on Spot. Each is a capacity provider. */
  constructor(groups: readonly string[] = []) {
    super()
    this.groups = groups
    this.controller = new SimulatedController(this, {
      variables: {
        SPOT_PROVIDERS: ['FARGATE_SPOT', ...groups].join(' '),
        ...(groups.length > 0 && {
          SPOT_GROUPS: groups.map((group) => `${group}=${group}`).join(' '),
        }),
      },
    })
    this.controller.start()
  }

  /** The lock, if a game day holds it. */
  get item(): object | undefined {
    const Keys = [{ pair: { S: 'main/#game-day' } }]
    const RequestItems = { pairs: { Keys, ConsistentRead: true } }
    const { Responses } = this.controller.dynamodb.call('BatchGetItem', { RequestItems }) as {
      readonly Responses: { readonly pairs: readonly object[] }
    }
    return Responses.pairs[0]
  }

  operations(...names: readonly string[]): Call[] {
    return this.calls.filter(({ operation }) => names.includes(operation))
  }

  /** Runs the verb in virtual time. Rejects as the command does. */
  run(
    values: Values = {},
    {
      killedAt,
      killedBy,
      isAfterEffect = false,
      signal = new AbortController().signal,
    }: RunSettings = {},
  ): Promise<number> {
    const { simulation } = this.aws
    let isKilled = false
    const context = this.context(async (call, run) => {
      const isLast = this.calls.length === killedAt || call.operation === killedBy
      if (isKilled) throw new Killed('killed')
      if (this.credentialsExpired) throw this.expired(call)
      this.calls.push({ ...call, before: this.progress() })
      if (!isLast) return run()
      isKilled = true
      if (isAfterEffect) await run()
      throw new Killed('killed')
    }, signal)
    return simulation.work(() =>
      runVerb(context, values, (milliseconds) => simulation.sleep(milliseconds)),
    )
  }

  private expired({ operation }: Call): Error {
    const error = Object.assign(new Error('The token has expired'), {
      name: 'ExpiredTokenException',
    })
    failedCalls.set(error, `aws:${operation}`)
    return error
  }

  private progress(): string {
    const { entry } = (this.item ?? {}) as { readonly entry?: { readonly S: string } }
    const { stopped, experiments } = JSON.parse(entry?.S ?? '{}')
    const counts = this.aws.services.map(({ desiredCount, servingCount }) => [
      desiredCount,
      servingCount,
    ])
    return JSON.stringify([stopped, experiments, counts])
  }

  /** What `status` prints. */
  async statusLines(): Promise<string> {
    const start = this.lines.length
    await status.run(
      this.context((call, run) => {
        this.calls.push(call)
        return run()
      }, new AbortController().signal),
      {},
      [],
    )
    return this.lines.slice(start).join('\n')
  }

  /** Runs the verb to its end, with an hour of virtual time. */
  async runToEnd(values: Values = {}, settings: RunSettings = {}): Promise<number> {
    let isOver = false
    const ended = this.run(values, settings).finally(() => {
      isOver = true
    })
    ended.catch(() => undefined)
    for (let minutes = 0; minutes < 120 && !isOver; minutes++) await this.aws.run(60)
    return ended
  }

  private metrics({ StartTime, MetricDataQueries }: MetricsInput): object {
    const sums = StartTime.getTime() < (this.requests?.from ?? 0) ? 'before' : 'since'
    return {
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => ({
        Id,
        Timestamps: [StartTime],
        Values: [this.requests?.[sums][Metric.MetricName] ?? 0],
      })),
    }
  }

  /** One template, whose experiments interrupt an instance and are over after two minutes. */
  private faultInjection(record: Recorder) {
    const answer = (method: string, path: string, body: string): object => {
      const id = path.split('/')[2] ?? ''
      const experiment = this.experiments.get(id)
      if (path === '/experimentTemplates') {
        return {
          experimentTemplates: this.groups.map((group) => ({
            id: `EXT-${group}`,
            tags: { 'tideway:game-day-of': 'main', 'tideway:game-day-group': group },
          })),
        }
      }
      if (path === '/experiments' && method === 'GET') {
        return { experiments: [...this.experiments.values()] }
      }
      if (method === 'POST') return { experiment: this.startExperiment(JSON.parse(body)) }
      if (experiment === undefined) throw new Error(`no experiment ${id}`)
      if (method === 'DELETE') experiment.state = { status: 'stopped', reason: 'by a user' }
      return { experiment }
    }
    return {
      handle: async ({
        method,
        path,
        body = '',
      }: {
        method: string
        path: string
        body?: string
      }) => {
        const [, kind, id] = path.split('/')
        const operation = `fis ${method} ${kind}${id === undefined ? '' : '/'}`
        const output = await record({ operation, input: { path } }, async () =>
          answer(method, path, body),
        )
        const stream = Readable.from([Buffer.from(JSON.stringify(output))])
        return { response: { statusCode: 200, headers: {}, body: stream } }
      },
    }
  }

  private startExperiment(input: {
    readonly clientToken: string
    readonly experimentTemplateId: string
    readonly tags: Experiment['tags']
  }): Experiment {
    const { clientToken, experimentTemplateId, tags } = input
    const id = `EXP-${clientToken}`
    const existing = this.experiments.get(id)
    if (existing !== undefined) return existing
    const state = { status: 'running', reason: '' }
    const experiment: Experiment = { id, experimentTemplateId, tags, state }
    this.experiments.set(id, experiment)
    const tasks = this.aws.services.flatMap((service) => [...service.tasks])
    const group = experimentTemplateId.replace('EXT-', '')
    const task = tasks.find(({ provider }) => provider.name === group)
    if (task !== undefined) this.aws.interruptTask(task)
    this.aws.simulation.after(120, () => {
      if (experiment.state.status === 'running') {
        experiment.state = { status: 'completed', reason: '' }
      }
    })
    return experiment
  }

  private context(record: Recorder, signal: AbortSignal): VerbContext {
    const { settings } = this.controller
    const clients = this.clients()
    const recorded = (client: object) => ({
      ...client,
      send: (command: { input: Call['input']; constructor: { name: string } }) =>
        record({ operation: nameOf(command), input: command.input }, () =>
          (client as { send(command: unknown): Promise<unknown> }).send(command),
        ),
    })
    const answering = (answers: Readonly<Record<string, Answer>>) =>
      recorded({
        send: async (command: { input: Call['input']; constructor: { name: string } }) =>
          (answers[nameOf(command)] as Answer)(command.input),
      })
    const print = (line: string) => void this.lines.push(line)
    return {
      environment: 'dev',
      region: 'us-east-1',
      account: '123456789012',
      asks: true,
      hasUsers: this.hasUsers,
      aws: {
        ecs: {
          ...recorded(clients.ecs),
          config: { ...clients.ecs.config, requestHandler: this.faultInjection(record) },
        },
        dynamodb: recorded(clients.dynamodb),
        sqs: recorded(clients.sqs),
        lambda: answering({
          GetFunctionConfiguration: () => ({ LastUpdateStatus: this.updateStatus }),
        }),
        cloudWatch: answering({
          DescribeAlarms: () => ({ MetricAlarms: this.alarms.map((AlarmName) => ({ AlarmName })) }),
          GetMetricData: (input) => this.metrics(input as unknown as MetricsInput),
        }),
        loadBalancing: answering({
          DescribeTargetGroups: ({ TargetGroupArns }) => ({
            TargetGroups: (TargetGroupArns as string[]).map((TargetGroupArn) => ({
              TargetGroupArn,
              Protocol: 'HTTP',
              LoadBalancerArns: [`${TargetGroupArn.split(':target')[0]}:loadbalancer/app/shop/1`],
            })),
          }),
        }),
        sts: answering({
          GetCallerIdentity: () => ({
            Arn: 'arn:aws:iam::123456789012:user/alice',
          }),
        }),
      } as unknown as Aws,
      controller: {
        ...settings,
        functionName: 'tideway-dev-failover-reconcile',
        logGroupName: '',
        spotProviders: [...settings.spotProviders],
        variables: {},
      },
      now: async () => this.aws.now,
      sleep: async () => {},
      print,
      warn: print,
      ask: async () => this.answer,
      signal,
    }
  }
}

type Sums = Readonly<Record<string, number>>

interface MetricsInput {
  readonly StartTime: Date
  readonly MetricDataQueries: readonly {
    readonly Id: string
    readonly MetricStat: { readonly Metric: { readonly MetricName: string } }
  }[]
}

interface Experiment {
  readonly id: string
  readonly experimentTemplateId: string
  readonly tags: Readonly<Record<string, string>>
  state: { status: string; reason: string }
}

export interface RunSettings {
  /** The number of calls before the one that the run does not survive. */
  readonly killedAt?: number
  /** The first call of this operation is the one. */
  readonly killedBy?: string
  /** Whether that call still has its effect. */
  readonly isAfterEffect?: boolean
  readonly signal?: AbortSignal
}

function nameOf(command: { readonly constructor: { readonly name: string } }): string {
  return command.constructor.name.replace(/Command$/, '')
}
