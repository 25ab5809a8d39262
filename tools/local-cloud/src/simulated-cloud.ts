import { DynamoDb, FunctionHost, Sns } from '@tideway/spot-simulator'
import { Console, type Shown } from './console/server'
import type { StackState } from './console/state'
import type { Synthesized } from './delivery/synthesized'
import { World } from './drought/world'
import { jsonError } from './gateway/aws-response'
import { Gateway } from './gateway/gateway'

/** Where nothing can be deployed: the synthesized stacks in the simulator alone. */
export class SimulatedCloud {
  private world: World | undefined

  private constructor(
    readonly url: string,
    private readonly gateway: Gateway,
    private readonly synthesized: Synthesized,
    private readonly host: FunctionHost,
  ) {}

  static async start(synthesized: Synthesized): Promise<SimulatedCloud> {
    const backend = async () =>
      jsonError(
        'NotImplemented',
        'this AWS has only what a drought needs: nothing is deployed to it',
        501,
      )
    const gateway = new Gateway({ backend, patches: [] })
    const url = await gateway.listen()
    const host = new FunctionHost({
      url,
      zipOf: (name) => synthesized.zipOf(name),
      onLine: (_, line) => cloud.world?.story.hearLog(line),
    })
    const cloud = new SimulatedCloud(url, gateway, synthesized, host)
    return cloud
  }

  async startWorld(seed: number): Promise<World> {
    this.host.recycle()
    const deployed = this.synthesized.deployed()
    const world = new World({ deployed, seed, host: this.host })
    const dynamodb = new DynamoDb()
    for (const table of this.synthesized.tables()) dynamodb.createTable(table)
    const sns = new Sns(world.aws.simulation)
    for (const name of this.synthesized.topics()) sns.createTopic(name)
    world.serve('dynamodb', dynamodb)
    world.serve('sns', sns)
    this.world = world
    this.gateway.intercept = (request) => world.answer(request)
    return world
  }

  show(shown: Shown): void {
    const shows = new Console(shown)
    this.gateway.handleBrowser = (incoming, body, outgoing) =>
      shows.handle(incoming, body, outgoing)
  }

  async stacks(): Promise<StackState[]> {
    return Object.entries(this.synthesized.resources).map(([name, addresses]) => {
      const kinds: Record<string, number> = {}
      for (const address of addresses) {
        const kind = address.split('.')[0] ?? ''
        kinds[kind] = (kinds[kind] ?? 0) + 1
      }
      return { name, kinds, addresses }
    })
  }

  async close(): Promise<void> {
    this.host.close()
    await this.gateway.close()
  }
}
