import {
  type AwsEndpoint,
  EcsSimulation,
  type EcsSimulationSettings,
  Ledger,
  type LoadBalancers,
  type Service,
  type ServiceSettings,
  type StrategyItem,
  sendDirectly,
} from '@tideway/spot-simulator'
import { type Clients, createClients } from '../src/handler'
import { tags } from '../src/tags'

const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]

export interface SimulatedPair {
  readonly primary: Service
  readonly standby: Service
}

/** ECS and load balancers in virtual time, with services in pairs. */
export class SimulatedAccount {
  readonly aws: EcsSimulation

  constructor(settings: Partial<EcsSimulationSettings> = {}) {
    this.aws = new EcsSimulation({ seed: 1, ...settings })
  }

  get loadBalancers(): LoadBalancers {
    return this.aws.loadBalancers
  }

  /** Whether clients skip the middleware of the SDK, which takes most of the time of a long simulation. */
  protected get skipsMiddleware(): boolean {
    return false
  }

  /** SDK clients that call this account. */
  clients({ requestHandler }: Pick<AwsEndpoint, 'requestHandler'> = this.aws.endpoint): Clients {
    const { clientOptions } = this.aws.endpoint
    const clients = createClients({ ...clientOptions, requestHandler, cacheMiddleware: true })
    for (const { config } of Object.values(clients)) skipSignature(config)
    if (this.skipsMiddleware) {
      // Their protocol is JSON.
      for (const client of [clients.ecs, clients.dynamodb, clients.sqs]) {
        sendDirectly(client, requestHandler)
      }
    }
    return clients
  }

  /** Adds a primary and its standby `<name>-standby`, both at their desired counts. */
  addPair(
    name: string,
    settings: Partial<ServiceSettings> = {},
    standbyTags: ServiceSettings['tags'] = {},
  ): SimulatedPair {
    const standbyName = `${name}-standby`
    const primary = this.aws.createService({
      name,
      desiredCount: 3,
      startsSteady: true,
      ...settings,
      tags: { [tags.standbys]: standbyName, ...settings.tags },
    })
    const standby = this.aws.createService({
      name: standbyName,
      desiredCount: 0,
      strategy: onDemand,
      startsSteady: true,
      taskDefinition: `${name}:1`,
      loadBalancers: settings.loadBalancers ?? [],
      tags: { [tags.standbyOf]: name, ...standbyTags },
    })
    return { primary, standby }
  }

  /**
   * A ledger that measures each pair as one group.
   *
   * @param surplusOf tasks of a primary that its group does not need
   */
  ledger(surplusOf: (primary: string) => number = () => 0): Ledger {
    return new Ledger(this.aws, {
      groupOf: ({ name }) => {
        const group = name.replace(/-standby$/, '')
        return { group, isPrimary: name === group, surplus: surplusOf(group) }
      },
    })
  }

  /** The calls that change a service. */
  get writes() {
    return this.aws.endpoint.calls.filter(({ operation }) => operation === 'UpdateService')
  }
}

/** The endpoint reads only the service in the scope of a signature. A real one takes half of the time of a call. */
function skipSignature(config: { signer: unknown; readonly defaultSigningName?: string }): void {
  const authorization = `Credential=simulated/0/us-east-1/${config.defaultSigningName}/aws4_request`
  config.signer = async () => ({
    sign: async (request: { headers: Record<string, string> }) => {
      request.headers.authorization = authorization
      return request
    },
  })
}
