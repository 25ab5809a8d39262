import { type HttpRequest, HttpResponse } from '@smithy/protocol-http'
import { SimulatedAccount, SimulatedController } from '@tideway/failover-lambda/harness'
import { Monitoring } from '@tideway/local-cloud/monitoring'
import {
  AwsError,
  drought,
  type EcsSimulationSettings,
  FunctionConfigurations,
  Logs,
  Sts,
} from '@tideway/spot-simulator'
import { main } from '../src/main'
import type { Terminal } from '../src/verb'
import type { Status } from '../src/verbs/status'

/** Spot is gone from second 60 on, for ten minutes. */
export const tenMinutes = { fargateSpot: drought({ fromSeconds: 60, toSeconds: 660 }) }

export interface Run {
  readonly code: number
  readonly output: string
  readonly warnings: string
  /** The lines of standard output. */
  readonly lines: readonly string[]
}

export interface RunSettings {
  /** The answer of the operator at a terminal. Undefined: there is no terminal. */
  readonly answer?: string
  readonly terminal?: Terminal
  readonly signal?: AbortSignal
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly variables?: NodeJS.ProcessEnv
}

/** A simulated account with a controller, in which an operator runs the command with the SDK. */
export class Operated extends SimulatedAccount {
  readonly controller: SimulatedController
  readonly functions = new FunctionConfigurations()
  readonly questions: string[] = []
  onQuestion = () => {}
  /** The log of the function. */
  readonly log: { readonly at: number; readonly text: string }[] = []
  /** CloudWatch with the metrics of that log. */
  readonly monitoring: Monitoring

  constructor(
    settings: Partial<EcsSimulationSettings> = {},
    variables: Readonly<Record<string, string>> = {},
    prefix = 'tideway-local',
  ) {
    super(settings)
    const { endpoint } = this.aws
    const name = `${prefix}-failover-reconcile`
    this.monitoring = new Monitoring({
      now: () => this.aws.now,
      logGroups: new Map([[name, name]]),
      alarms: () => [],
      onAlarm: () => {},
      publish: async () => {},
    })
    let metered = 0
    this.controller = new SimulatedController(this, {
      variables,
      onLog: (line) => void this.log.push({ at: this.aws.now, text: JSON.stringify(line) }),
    })
    this.controller.start()
    this.functions.add(name, {
      variables: this.controller.variables as Readonly<Record<string, string>>,
    })
    endpoint.register('lambda', this.functions)
    endpoint.register(
      'logs',
      new Logs((group) => (group === `/aws/lambda/${name}` ? this.log : undefined)),
    )
    endpoint.register('monitoring', {
      protocol: 'json',
      call: (operation, input) => {
        // Most tests read no metrics. Each line has the time of its own samples.
        for (const { text } of this.log.slice(metered)) this.monitoring.addLine(name, text)
        metered = this.log.length
        return this.metrics(operation, input)
      },
    })
    endpoint.register('sts', new Sts('arn:aws:sts::123456789012:assumed-role/Operator/alice'))
  }

  protected override get skipsMiddleware(): boolean {
    return true
  }

  /** EC2, which has a protocol of its own, and else the simulated services. */
  private readonly requestHandler = {
    handle: async (request: HttpRequest) => {
      if (!request.headers.authorization?.includes('/ec2/')) {
        return this.aws.endpoint.requestHandler.handle(request)
      }
      const operation = new URLSearchParams(String(request.body)).get('Action') ?? ''
      this.aws.endpoint.calls.push({ service: 'ec2', operation, input: {} })
      const found = {
        DescribeInstances:
          '<reservationSet><item><instancesSet><item><instanceType>m7g.large</instanceType></item></instancesSet></item></reservationSet>',
        DescribeSpotPriceHistory:
          '<spotPriceHistorySet><item><spotPrice>0.04</spotPrice></item><item><spotPrice>0.02</spotPrice></item></spotPriceHistorySet>',
      }[operation]
      const body = Buffer.from(`<${operation}Response>${found}</${operation}Response>`)
      return { response: new HttpResponse({ statusCode: 200, headers: {}, body }) }
    },
  }

  /** As the local cloud answers for CloudWatch. */
  private metrics(operation: string, input: object): unknown {
    const response = this.monitoring.respond({
      service: 'monitoring',
      operation,
      accessKeyId: '',
      method: 'POST',
      url: '/',
      headers: { 'x-amz-target': operation },
      body: Buffer.from(JSON.stringify(input)),
    })
    const body = JSON.parse(String(response?.body))
    if (response?.status === 200) return body
    throw new AwsError(body.__type, body.message)
  }

  /** The calls of the command since the last time. */
  takeCalls(): string[] {
    return this.aws.endpoint.calls
      .splice(0)
      .map(({ service, operation }) =>
        `${service}:${operation}`.replace(/^monitoring:/, 'cloudwatch:'),
      )
  }

  async command(line: string, settings: RunSettings = {}): Promise<Run> {
    const lines: string[] = []
    const warnings: string[] = []
    const words = line.match(/"[^"]*"|\S+/g) ?? []
    const code = await main(
      words.map((word) => word.replace(/^"(.*)"$/, '$1')),
      {
        variables: { AWS_ENDPOINT_URL: 'http://localhost:1', ...settings.variables },
        signal: settings.signal ?? new AbortController().signal,
        print: (text) => void lines.push(text),
        warn: (text) => void warnings.push(text),
        ask: async (question) => {
          this.questions.push(question)
          this.onQuestion()
          return settings.answer
        },
        terminal: settings.terminal,
        sleep: settings.sleep ?? (async () => {}),
        localEndpoint: async () => undefined,
        clientSettings: {
          ...this.aws.endpoint.clientOptions,
          requestHandler: this.requestHandler,
        } as object,
      },
    )
    const output = lines.join('\n')
    return { code, output, lines: output.split('\n'), warnings: warnings.join('\n') }
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.command('status --json -c local')).output)
  }

  /** Calls of an operation fail from now on. */
  fail(operation: string, name: string): void {
    this.aws.endpoint.interceptors.push((call) => {
      if (call.operation === operation) throw new AwsError(name, 'as the test wants')
    })
  }

  /** An instance in service of an Auto Scaling group, for an hour. */
  addInstanceHour(group: string): void {
    this.monitoring.add(
      'AWS/AutoScaling',
      { AutoScalingGroupName: group },
      { GroupInServiceInstances: 1 },
    )
  }

  /** Writes the stored record of a pair. */
  async record(pair: string, entry: string): Promise<void> {
    this.controller.dynamodb.call('PutItem', {
      TableName: this.controller.settings.tableName,
      Item: { pair: { S: pair }, version: { N: '1' }, entry: { S: entry } },
    })
  }

  /** A target group for the tasks of a service. */
  targetGroup(name: string) {
    const targetGroupArn = this.loadBalancers.createTargetGroup({
      name,
      port: 80,
      targetType: 'ip',
    })
    return [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
  }

  /** A terminal of 80 columns that keeps what is written. */
  terminal() {
    const written: string[] = []
    return { columns: 80, rows: 24, written, write: (text: string) => void written.push(text) }
  }

  /** Ctrl-C after some refreshes. Between them, this time passes in the account. */
  afterRefreshes(
    count: number,
    seconds: number,
    onRefresh: (refreshes: number) => void = () => {},
  ) {
    const controller = new AbortController()
    let refreshes = 0
    const sleep = async (milliseconds: number) => {
      if (milliseconds < 5000) return
      refreshes += 1
      if (refreshes === count) controller.abort()
      await this.aws.run(seconds)
      onRefresh(refreshes)
    }
    return { signal: controller.signal, sleep }
  }
}
