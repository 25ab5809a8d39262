import { NoSuchBucket, NoSuchKey } from '@aws-sdk/client-s3'
import { environmentNamed } from '@tideway/constructs/environments'
import { stackNames } from '@tideway/constructs/stacks'
import { stateBucketName, stateObjectKey } from '@tideway/constructs/state'
import { FunctionHost, functionOf } from '@tideway/spot-simulator'
import { RoleAccess } from './access/role-access'
import { AwsCalls } from './aws-call'
import { type AwsClients, awsClients, clientSettings } from './aws-clients'
import { statesKey } from './clock/integrations'
import { type StackState, stackState } from './console/state'
import { DeployWatch } from './delivery/deploy-watch'
import { readDeployed } from './delivery/read-deployed'
import { alarmKey, DroughtHost } from './drought/drought-host'
import type { DroughtSimulation } from './drought/drought-simulation'
import { Emulator } from './gateway/emulator'
import { Gateway, restoreKey } from './gateway/gateway'
import { Journal } from './gateway/journal'
import type { SimulatedRequests } from './load/simulated-requests'
import { motoPatches } from './patches'
import type { StoredAlarm } from './patches/cloudwatch'
import { PathWatch } from './path/path-watch'
import { PathReader } from './path/read-path'
import { runProcesses } from './tasks/deployed-processes'
import type { Processes } from './tasks/processes'

export interface LocalCloudProps {
  /** The folder of the journal. */
  readonly journal: string
  /** Whether tools/bootstrap creates the state bucket, as in AWS. @default it is created at the start */
  readonly isBootstrapped?: boolean
  /** Called when the emulator exits by itself. */
  readonly onExit: (reason: string) => void
  /** Called for each request that is replayed. */
  readonly onReplay?: (done: number, total: number) => void
}

interface Parts {
  readonly url: string
  readonly gateway: Gateway
  readonly emulator: Emulator
  /** Undefined for an external emulator, which has its own persistence. */
  readonly journal: Journal | undefined
  readonly patches: ReturnType<typeof motoPatches>
}

const environment = environmentNamed('local')
const stateBucket = stateBucketName(environment)

/** AWS on this machine: an emulator with deployed stacks, and simulations of droughts on them. */
export class LocalCloud {
  readonly url: string
  readonly gateway: Gateway
  readonly aws: AwsClients
  readonly roles: RoleAccess
  /** Until AWS calls are answered. */
  ready: Promise<void> = Promise.resolve()
  /** Whether deploys change what a simulation cannot take in. */
  readonly deploys = new DeployWatch()
  private readonly drought: DroughtHost
  private readonly functions: FunctionHost
  /** Answered before everything is restored. */
  private readonly ownAws: AwsClients
  private processes: Processes | undefined
  private pathWatch: PathWatch | undefined

  private constructor(
    private readonly parts: Parts,
    private notes: Readonly<Record<string, string>>,
  ) {
    const { url, gateway } = parts
    this.url = url
    this.gateway = gateway
    this.aws = awsClients(url)
    this.ownAws = awsClients(url, restoreKey)
    this.roles = new RoleAccess(url)
    gateway.authorize = this.roles.authorize
    gateway.onChange = (request) => {
      this.deploys.noteChange(request)
      this.pathWatch?.noteChange(request)
    }
    gateway.onUnlock = () => this.deploys.noteEnd()
    this.drought = new DroughtHost({ gateway, url, zipOf: this.zipOf })
    this.functions = new FunctionHost({ url, zipOf: this.zipOf })
    parts.patches.lambda.invoke = (name, event) => this.invoke(name, event)
  }

  /** Starts, and restores the deployed resources from the journal. */
  static async start(props: LocalCloudProps): Promise<LocalCloud> {
    const cloud = await LocalCloud.listen(props)
    await cloud.ready
    return cloud
  }

  /** Serves browsers at once. AWS calls wait until `ready`. */
  static async listen({ onReplay, ...props }: LocalCloudProps): Promise<LocalCloud> {
    const emulator = new Emulator(props.onExit)
    const patches = motoPatches()
    const journal = emulator.startsEmpty ? new Journal(props.journal) : undefined
    const gateway = new Gateway({
      backend: emulator.backend,
      patches: patches.all,
      // A replay must not repeat the calls of functions and alarms: every drought differs.
      isTransient: ({ accessKeyId }) =>
        functionOf(accessKeyId) !== undefined || [alarmKey, statesKey].includes(accessKeyId),
      ...(journal && { journal }),
    })
    const { requests, notes } = journal?.read() ?? { requests: [], notes: {} }
    const url = await gateway.listen()
    const cloud = new LocalCloud({ url, gateway, emulator, journal, patches }, notes)
    gateway.ready = emulator.ready.then(() => gateway.replay(requests, onReplay ?? (() => {})))
    cloud.ready = gateway.ready.then(async () => {
      if (requests.length === 0 && !props.isBootstrapped) await cloud.createStateBucket()
    })
    // Whoever waits for it gets the error.
    cloud.ready.catch(() => {})
    return cloud
  }

  /** Marks the current state as consistent. The next start discards the calls after the last checkpoint. */
  checkpoint(): void {
    this.parts.journal?.checkpoint(this.notes)
  }

  /** A value that was stored with `note`. */
  storedNote(key: string): string | undefined {
    return this.notes[key]
  }

  /** Stores a value with the next checkpoint. */
  note(key: string, value: string): void {
    this.notes = { ...this.notes, [key]: value }
  }

  /**
   * Stops the current simulation, and starts one of the deployed services.
   * @param hasRequests whether requests pass the deployed path to its tasks, beside a simulation without the controller
   */
  async startSimulation(seed: number, { hasRequests = false } = {}): Promise<DroughtSimulation> {
    this.stopSimulation()
    this.deploys.noteRead()
    const { ecs, cloudWatch, codeDeploy, fis, scaling } = this.parts.patches
    const deployed = await readDeployed(this.aws, new AwsCalls(this.url), ecs.all)
    await this.clearTables(
      deployed.functions.flatMap(({ variables }) => variables.TABLE_NAME ?? []),
    )
    const reader = new PathReader(this.url)
    const simulation = this.drought.start(deployed, seed, {
      alarms: () => cloudWatch.all,
      scaling,
      releases: codeDeploy,
      ...(hasRequests && { path: await reader.read(), hasComparison: true }),
    })
    if (simulation.requests) {
      this.watchPath(reader, simulation, simulation.requests)
      this.processes = runProcesses(this.url, this.aws, simulation, simulation.requests)
    }
    ecs.currentView = (service) => simulation.currentView(service)
    ecs.onChange = (service, input) => simulation.applyChange(service, input)
    ecs.onClusterTags = (cluster, tags) => simulation.setClusterTags(cluster, tags)
    const { alarms } = simulation.monitoring
    fis.onInterrupt = (group, count) => simulation.interruptInstances(group, count)
    fis.alarmsOn = () =>
      cloudWatch.all.flatMap(({ name }) =>
        alarms.statusOf(name).StateValue === 'ALARM' ? [name] : [],
      )
    cloudWatch.statusOf = (name) => alarms.statusOf(name)
    cloudWatch.onSetState = (name, state, reason) => alarms.set(name, state, reason)
    return simulation
  }

  /** Requests take the path as it is deployed, also while calls change it. */
  private watchPath(
    reader: PathReader,
    simulation: DroughtSimulation,
    requests: SimulatedRequests,
  ): void {
    const watch = new PathWatch({
      read: (services) => reader.read(services),
      onPath: (path) => simulation.updatePath(path),
      onFailure: ({ message }) =>
        simulation.problems.add('the path of requests', `it cannot be read: ${message}`),
    })
    requests.settled = () => watch.settle()
    this.pathWatch = watch
  }

  stopSimulation(): void {
    this.processes?.close()
    this.processes = undefined
    this.pathWatch = undefined
    const { ecs, cloudWatch, fis } = this.parts.patches
    fis.onInterrupt = () => []
    fis.alarmsOn = () => []
    ecs.currentView = () => undefined
    ecs.onChange = () => {}
    ecs.onClusterTags = () => {}
    cloudWatch.statusOf = () => undefined
    cloudWatch.onSetState = async () => {}
    this.drought.stop()
  }

  /** The last uploaded code of a function. */
  readonly zipOf = (functionName: string) => this.parts.patches.lambda.zipOf(functionName)

  /** The deployed alarms. */
  get alarms(): readonly StoredAlarm[] {
    return this.parts.patches.cloudWatch.all
  }

  /** The deployed resources, from the Terraform states. */
  async stacks(): Promise<StackState[]> {
    return Promise.all(
      stackNames.map(async (name) =>
        stackState(name, await this.stateOf(stateObjectKey(environment, name))),
      ),
    )
  }

  /** The name servers of the public hosted zone, as Route 53 names them. */
  async nameServers(): Promise<string[]> {
    // Loaded here only: few runs need it.
    const { Route53 } = await import('@aws-sdk/client-route-53')
    const route53 = new Route53(clientSettings(this.url))
    const { HostedZones = [] } = await route53.listHostedZonesByName({
      DNSName: environment.domain,
    })
    const zone = HostedZones.find(({ Name }) => Name === `${environment.domain}.`)
    const { DelegationSet } = await route53.getHostedZone({ Id: zone?.Id })
    return DelegationSet?.NameServers ?? []
  }

  /** The resources that only the patches store. */
  resourceIds(): string[] {
    return this.parts.patches.all.flatMap((patch) => patch.resourceIds?.() ?? [])
  }

  async close(): Promise<void> {
    this.stopSimulation()
    this.drought.close()
    this.functions.close()
    await this.gateway.close()
    this.parts.emulator.stop()
  }

  /** As Terraform does, in a deploy. */
  private async invoke(FunctionName: string, event: object): Promise<unknown> {
    const { Handler, Timeout, MemorySize, Environment } =
      await this.ownAws.lambda.getFunctionConfiguration({ FunctionName })
    const configuration = {
      name: FunctionName,
      handler: Handler ?? '',
      timeoutSeconds: Timeout ?? 3,
      memoryMegabytes: MemorySize ?? 128,
      variables: Environment?.Variables ?? {},
    }
    return (await this.functions.invoke(configuration, event)).response
  }

  /** In AWS, tools/bootstrap creates the bucket. */
  private async createStateBucket(): Promise<void> {
    await this.aws.s3.createBucket({ Bucket: stateBucket })
    this.checkpoint()
  }

  private async stateOf(Key: string): Promise<string> {
    try {
      const { Body } = await this.aws.s3.getObject({ Bucket: stateBucket, Key })
      return (await Body?.transformToString()) ?? '{}'
    } catch (error) {
      if (error instanceof NoSuchKey || error instanceof NoSuchBucket) return '{}'
      throw error
    }
  }

  /** Deletes the items of earlier simulations, which have times of another clock. */
  private async clearTables(tableNames: readonly string[]): Promise<void> {
    const { dynamodb } = this.aws
    for (const TableName of new Set(tableNames)) {
      const { Table } = await dynamodb.describeTable({ TableName })
      const names = (Table?.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? [])
      const { Items = [] } = await dynamodb.scan({ TableName })
      for (const item of Items) {
        const Key = Object.fromEntries(
          Object.entries(item).filter(([name]) => names.includes(name)),
        )
        await dynamodb.deleteItem({ TableName, Key })
      }
    }
  }
}
