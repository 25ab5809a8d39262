import {
  type AwsEndpoint,
  EcsSimulation,
  type EcsSimulationSettings,
  Ledger,
  type LoadBalancers,
  type Membership,
  type Service,
  type ServiceSettings,
  sendDirectly,
} from '@tideway/spot-simulator'
import { type Clients, createClients } from '../src/handler'
import { tags } from '../src/tags'

export interface SimulatedPair {
  readonly primary: Service
  /** The first one. */
  readonly standby: Service
  readonly standbys: readonly Service[]
}

/** A pair is one group. */
export function groupOf({ name }: Service): Membership {
  const group = name.replace(/-standby(-\d+)?$/, '')
  return { group, isPrimary: name === group }
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
    for (const client of Object.values(clients)) {
      skipSignature(client.config)
      if (this.skipsMiddleware) sendDirectly(client, requestHandler)
    }
    return clients
  }

  /**
   * Adds a primary at its desired count, and its standbys `<name>-standby`, `<name>-standby-2` and so on.
   *
   * @param standbyProviders in the order in which the standbys are used
   */
  addPair(
    name: string,
    settings: Partial<ServiceSettings> = {},
    standbyTags: ServiceSettings['tags'] = {},
    standbyProviders: readonly string[] = ['FARGATE'],
  ): SimulatedPair {
    const standbyNames = standbyProviders.map((_, index) =>
      index === 0 ? `${name}-standby` : `${name}-standby-${index + 1}`,
    )
    const primary = this.aws.createService({
      name,
      desiredCount: 3,
      startsSteady: true,
      ...settings,
      tags: { [tags.standbys]: standbyNames.join(' '), ...settings.tags },
    })
    const standbys = standbyProviders.map((capacityProvider, index) =>
      this.aws.createService({
        name: standbyNames[index] as string,
        desiredCount: 0,
        strategy: [{ capacityProvider, weight: 1 }],
        startsSteady: true,
        taskDefinition: `${name}:1`,
        loadBalancers: settings.loadBalancers ?? [],
        tags: { [tags.standbyOf]: name, ...standbyTags },
      }),
    )
    const [standby] = standbys
    if (standby === undefined) throw new RangeError(`${name}: must have a standby`)
    return { primary, standby, standbys }
  }

  /** A ledger that measures each pair as one group. */
  ledger(): Ledger {
    return new Ledger(this.aws, { groupOf })
  }

  /** The calls that change a service. */
  get writes() {
    return this.aws.endpoint.calls.filter(({ operation }) => operation === 'UpdateService')
  }
}

/** For long simulations, in which the SDK plays no part: the faults are those of AWS. */
export class DirectAccount extends SimulatedAccount {
  protected override get skipsMiddleware(): boolean {
    return true
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
