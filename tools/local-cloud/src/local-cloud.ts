import { environmentNamed } from '@tideway/constructs/environments'
import { stackNames } from '@tideway/constructs/stacks'
import { stateBucketName, stateObjectKey } from '@tideway/constructs/state'
import { FunctionHost, functionOf } from '@tideway/spot-simulator'
import { Console, type Shown } from './console/server'
import { type StackState, stackState } from './console/state'
import { LocalAws, type LocalAwsError } from './delivery/local-aws'
import { readDeployed } from './delivery/read-deployed'
import { World } from './drought/world'
import { Emulator } from './gateway/emulator'
import { Gateway } from './gateway/gateway'
import { Journal } from './gateway/journal'
import { motoPatches } from './patches'

export interface LocalCloudProps {
  /** Where it is kept what was deployed. */
  readonly journal: string
  /** Told when the emulator ends by itself. */
  readonly onEnd: (why: string) => void
  /** Told of each call that is made again. */
  readonly onReplay?: (done: number, total: number) => void
}

/** The AWS on this machine: what is deployed, and a drought on it. */
export class LocalCloud {
  readonly aws: LocalAws
  private world: World | undefined

  private constructor(
    readonly url: string,
    readonly gateway: Gateway,
    private readonly emulator: Emulator,
    private readonly journal: Journal | undefined,
    private readonly patches: ReturnType<typeof motoPatches>,
    private readonly host: FunctionHost,
    private notes: Readonly<Record<string, string>>,
  ) {
    this.aws = new LocalAws((request) => gateway.handle(request))
  }

  /** Brings back what was there. */
  static async start({ onReplay, ...props }: LocalCloudProps): Promise<LocalCloud> {
    const emulator = await Emulator.start(props.onEnd)
    const patches = motoPatches()
    const journal = emulator.startsEmpty ? new Journal(props.journal) : undefined
    const gateway = new Gateway({
      backend: emulator.backend,
      patches: patches.all,
      // A replay must not repeat the calls of the functions: every drought differs.
      isTransient: ({ accessKeyId }) => functionOf(accessKeyId) !== undefined,
      ...(journal && { journal }),
    })
    const { requests, notes } = journal?.read() ?? { requests: [], notes: {} }
    await gateway.replay(requests, onReplay ?? (() => {}))
    const url = await gateway.listen()
    const host = new FunctionHost({
      url,
      zipOf: (name) => patches.lambda.zipOf(name),
      onLine: (_, line) => cloud.world?.story.hearLog(line),
    })
    const cloud = new LocalCloud(url, gateway, emulator, journal, patches, host, notes)
    if (requests.length === 0) await cloud.makeStateBucket()
    return cloud
  }

  /** What there is now is whole, and comes back at the next start. */
  checkpoint(): void {
    this.journal?.checkpoint(this.notes)
  }

  /** What was noted of something, at the last checkpoint or since. */
  noted(key: string): string | undefined {
    return this.notes[key]
  }

  note(key: string, value: string): void {
    this.notes = { ...this.notes, [key]: value }
  }

  /** The market and the services on it from now on, as they are deployed at this moment. */
  async startWorld(seed: number): Promise<World> {
    this.endWorld()
    const deployed = await readDeployed(this.aws, this.patches.ecs.all)
    const world = new World({ deployed, seed, host: this.host })
    await this.empty(deployed.functions.flatMap(({ variables }) => variables.TABLE_NAME ?? []))
    this.world = world
    this.gateway.intercept = (request) => world.answer(request)
    this.patches.ecs.live = (service) => world.live(service)
    this.patches.ecs.onChange = (service, input) => world.changed(service, input)
    return world
  }

  /** The code of a function, as it was uploaded last. */
  readonly zipOf = (functionName: string) => this.patches.lambda.zipOf(functionName)

  /** For browsers, on the same port. */
  show(shown: Shown): void {
    const shows = new Console(shown)
    this.gateway.handleBrowser = (incoming, body, outgoing) =>
      shows.handle(incoming, body, outgoing)
  }

  /** What is deployed, by the states of the stacks. */
  async stacks(): Promise<StackState[]> {
    const environment = environmentNamed('local')
    return Promise.all(
      stackNames.map(async (name) => {
        const path = `/${stateBucketName(environment)}/${stateObjectKey(environment, name)}`
        const text = await this.aws
          .call('s3', 'GET', path, {}, '')
          .catch((error: LocalAwsError) => {
            if (error.status === 404) return '{}'
            throw error
          })
        return stackState(name, text)
      }),
    )
  }

  /** What the patches keep by themselves. */
  resourceIds(): string[] {
    return this.patches.all.flatMap((patch) => patch.resourceIds?.() ?? [])
  }

  endWorld(): void {
    this.world = undefined
    this.gateway.intercept = undefined
    this.patches.ecs.live = () => undefined
    this.patches.ecs.onChange = () => {}
    this.host.recycle()
  }

  async close(): Promise<void> {
    this.endWorld()
    this.host.close()
    await this.gateway.close()
    this.emulator.stop()
  }

  /** What tools/bootstrap makes in AWS. */
  private async makeStateBucket(): Promise<void> {
    await this.aws.call('s3', 'PUT', `/${stateBucketName(environmentNamed('local'))}`, {}, '')
    this.checkpoint()
  }

  /** What the controller remembers is of another drought, whose clock stood elsewhere. */
  private async empty(tableNames: readonly string[]): Promise<void> {
    const call = <Output>(operation: string, input: object) =>
      this.aws.json<Output>('dynamodb', `DynamoDB_20120810.${operation}`, input)
    for (const TableName of new Set(tableNames)) {
      const { Table } = await call<{ Table: { KeySchema: { AttributeName: string }[] } }>(
        'DescribeTable',
        { TableName },
      )
      const { Items } = await call<{ Items: Record<string, unknown>[] }>('Scan', { TableName })
      for (const item of Items) {
        const keys = Table.KeySchema.map(({ AttributeName }) => [
          AttributeName,
          item[AttributeName],
        ])
        await call('DeleteItem', { TableName, Key: Object.fromEntries(keys) })
      }
    }
  }
}
