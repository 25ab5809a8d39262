import { AwsError, DynamoDb, type ServiceModel, Sns } from '@tideway/spot-simulator'
import type { StackState } from './console/state'
import type { Synthesized } from './delivery/synthesized'
import { DroughtHost } from './drought/drought-host'
import type { DroughtSimulation } from './drought/drought-simulation'
import { jsonError } from './gateway/aws-response'
import { Gateway } from './gateway/gateway'
import type { Input, Operations } from './patches/operations'
import { synthesizedScaling } from './scaling/synthesized-scaling'

/** Synthesized resources behind their API. */
class StoredModel implements ServiceModel {
  readonly protocol = 'json'

  constructor(private readonly operations: Operations) {}

  call(operation: string, input: Input): object {
    const output = this.operations[operation]?.(input)
    if (output !== undefined) return output
    throw new AwsError('UnknownOperationException', `${operation} is not simulated.`)
  }
}

/** The synthesized stacks in the simulator alone, without Terraform and moto. */
export class SimulatedCloud {
  private constructor(
    readonly url: string,
    readonly gateway: Gateway,
    private readonly drought: DroughtHost,
    private readonly synthesized: () => Synthesized,
  ) {}

  /** @param synthesized the stacks, read at the start of each simulation */
  static async start(synthesized: () => Synthesized): Promise<SimulatedCloud> {
    const message = 'the simulator serves only the calls of functions; nothing is deployed here'
    const backend = async () => jsonError('NotImplemented', message, 501)
    const gateway = new Gateway({ backend, patches: [] })
    const url = await gateway.listen()
    const zipOf = (functionName: string) => synthesized().zipOf(functionName)
    const drought = new DroughtHost({ gateway, url, zipOf })
    return new SimulatedCloud(url, gateway, drought, synthesized)
  }

  /**
   * @param hasRequests whether requests pass the synthesized path to the tasks
   * @param hasComparison whether a simulation without the controller runs beside
   */
  async startSimulation(
    seed: number,
    settings: { hasRequests?: boolean; hasComparison?: boolean } = {},
  ): Promise<DroughtSimulation> {
    const { hasRequests = false, hasComparison = hasRequests } = settings
    const synthesized = this.synthesized()
    const { scaling, codeDeploy, alarms } = synthesizedScaling(synthesized)
    const requests = hasRequests ? { path: synthesized.path(), hasComparison } : {}
    const sources = { alarms, scaling, releases: codeDeploy, ...requests }
    const simulation = this.drought.start(synthesized.deployed(), seed, sources)
    const dynamodb = new DynamoDb()
    for (const table of synthesized.tables()) dynamodb.createTable(table)
    const sns = new Sns(simulation.aws.simulation)
    for (const name of synthesized.topicNames()) sns.createTopic(name)
    simulation.simulate('dynamodb', dynamodb)
    simulation.simulate('sns', sns)
    simulation.simulate('application-autoscaling', new StoredModel(scaling.operations))
    simulation.simulate('codedeploy', new StoredModel(codeDeploy.operations))
    return simulation
  }

  async stacks(): Promise<StackState[]> {
    return Object.entries(this.synthesized().addresses).map(([name, addresses]) => ({
      name,
      addresses,
    }))
  }

  async close(): Promise<void> {
    this.drought.close()
    await this.gateway.close()
  }
}
