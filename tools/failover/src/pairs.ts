import type { Task } from '@aws-sdk/client-ecs'
import { type Agreement, agreementOf } from '@tideway/failover-lambda/agreement'
import { chunks } from '@tideway/failover-lambda/arrays'
import { Ecs, type ServiceState } from '@tideway/failover-lambda/ecs'
import { isPrimary, type Pair, pairOf, type Tags } from '@tideway/failover-lambda/pair'
import { newPairRecord, type PairRecord, pairKey } from '@tideway/failover-lambda/pair-record'
import { type Item, recordOf, Store } from '@tideway/failover-lambda/store'
import { tags } from '@tideway/failover-lambda/tags'
import { TokenBucket } from '@tideway/failover-lambda/token-bucket'
import { prefixOf } from './controller'
import { nearestFirst, OperatorError, UsageError } from './errors'
import type { VerbContext } from './verb'

/** A pair as its services, its record and the tags show it now. */
export interface PairView {
  readonly cluster: string
  readonly primary: string
  /** Undefined where the tags of the services do not agree, so that nothing is changed for them. */
  readonly pair: Pair | undefined
  /** Its primary and its standbys, as far as they exist. */
  readonly services: ReadonlyMap<string, ServiceState>
  readonly agreement: Agreement
  /** An empty one, of version 0, if the controller has not seen the pair. */
  readonly record: PairRecord
  readonly clusterTags: Tags
}

/** The controller may use 20 a second of what the account has. */
const callsPerSecond = 10
const callsBurst = 60

/** Services of one call, and calls at a time. */
const servicesPerCall = 10
const callsAtOnce = 5

export interface Reader {
  readonly ecs: Ecs
  readonly store: Store
  /** The items of game days, by cluster. They are read with the records. */
  readonly gameDays: Map<string, Item>
}

export function readerOf({ aws, controller, sleep = realSleep }: VerbContext): Reader {
  const clock = { now: Date.now, sleep }
  const bucket = () => new TokenBucket(callsPerSecond, callsBurst, clock)
  return {
    ecs: new Ecs(aws.ecs, bucket(), bucket()),
    store: new Store(aws.dynamodb, controller.tableName),
    gameDays: new Map(),
  }
}

export function realSleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** All pairs of the controller's clusters, and standbys whose primary does not name them. */
export async function readAllPairs(context: VerbContext, reader: Reader): Promise<PairView[]> {
  const views: PairView[] = []
  for (const cluster of context.controller.clusters) {
    const clusterTags = await reader.ecs.clusterTags(cluster)
    const names = await listAll(cluster, reader)
    const services = await describeAll(cluster, names, reader)
    const primaries = new Set<string>()
    for (const { name, active, tags: found } of services.values()) {
      if (isPrimary(found)) primaries.add(name)
      else if (active && found[tags.standbyOf] !== undefined)
        primaries.add(found[tags.standbyOf] ?? '')
    }
    views.push(...(await viewsOf(cluster, [...primaries], services, clusterTags, context, reader)))
  }
  return views
}

/**
 * The pair of a primary or of one of its standbys, by its name or ARN, or by the end of its name where that is of one pair
 * only. Throws for a service that is in no pair, with those that exist.
 */
export async function readPair(
  name: string | undefined,
  context: VerbContext,
  reader: Reader,
): Promise<PairView> {
  if (name === undefined || name === '') {
    const all = await readAllPairs(context, reader)
    throw new UsageError(`SERVICE: must be given. ${listOf('', all, context)}`)
  }
  const { clusters, service } = placeOf(name, context)
  const exact = await readPairs(service, clusters, context, reader)
  if (exact.length > 0) return onlyOne(name, exact)
  const prefixed = `${prefixOf(context.controller.functionName)}${service}`
  let found = await readPairs(prefixed, clusters, context, reader)
  if (found.length === 0) {
    const all = await readAllPairs(context, reader)
    found = all.filter(
      ({ cluster, primary }) => clusters.includes(cluster) && primary.endsWith(`-${service}`),
    )
    if (found.length !== 1) {
      const names = found.length > 0 ? found : all
      throw new OperatorError(
        `${name}: no such pair in ${context.environment}. ${listOf(service, names, context)}`,
      )
    }
  }
  const view = onlyOne(name, found)
  context.warn(`${name}: taken as ${view.primary}.`)
  return view
}

/** The primary that a short name means: that with the prefix of the platform, or the only one that ends with it. */
export function primaryNamed(
  name: string,
  primaries: readonly string[],
  { functionName }: VerbContext['controller'],
): string | undefined {
  const named = [name, `${prefixOf(functionName)}${name}`].find((each) => primaries.includes(each))
  const ending = primaries.filter((primary) => primary.endsWith(`-${name}`))
  return named ?? (ending.length === 1 ? ending[0] : undefined)
}

async function readPairs(
  name: string,
  clusters: readonly string[],
  context: VerbContext,
  reader: Reader,
): Promise<PairView[]> {
  const found: PairView[] = []
  for (const cluster of clusters) {
    const view = await readPairIn(cluster, name, context, reader)
    if (view !== undefined) found.push(view)
  }
  return found
}

function onlyOne(name: string, found: readonly PairView[]): PairView {
  const [view] = found
  if (view !== undefined && found.length === 1) return view
  const clusters = found.map(({ cluster }) => cluster).join(', ')
  throw new OperatorError(`${name} exists in several clusters: ${clusters}. Add --cluster.`)
}

/** A name, or an ARN as alarms and logs show it. */
function placeOf(name: string, { region, account, controller: { clusters } }: VerbContext) {
  const [, inRegion, inAccount, cluster = '', service] =
    /^arn:[\w-]+:ecs:([^:]+):(\d+):service\/(?:([^/]+)\/)?([^/]+)$/.exec(name) ?? []
  if (service === undefined) return { clusters, service: name }
  if (inRegion !== region || inAccount !== account) {
    throw new OperatorError(
      `${name}: must be in account ${account} and ${region}; got account ${inAccount} and ${inRegion}. Check -c and --region.`,
    )
  }
  if (cluster === '') return { clusters, service }
  if (clusters.includes(cluster)) return { clusters: [cluster], service }
  throw new OperatorError(
    `${name}: must be in a cluster of the controller: ${clusters.join(', ')}.`,
  )
}

async function readPairIn(
  cluster: string,
  name: string,
  context: VerbContext,
  reader: Reader,
): Promise<PairView | undefined> {
  const { ecs } = reader
  const services = new Map(await ecs.describeServices(cluster, [name]))
  const of = services.get(name)?.tags[tags.standbyOf]
  const primary = of !== undefined && !isPrimary(services.get(name)?.tags ?? {}) ? of : name
  if (primary !== name) await addServices(cluster, [primary], services, reader)
  const key = pairKey(cluster, primary)
  const record = (await readRecords(cluster, [key], context, reader)).get(key)
  const state = services.get(primary)
  // A deleted primary has no tags: its record names its standbys.
  const isPair = isPrimary(state?.tags ?? {}) || of !== undefined
  if (!isPair && (record === undefined || record.standbys.length === 0)) return undefined
  const named = (state?.tags[tags.standbys] ?? '').split(/\s+/)
  await addServices(cluster, [...named, ...(record?.standbys ?? [])], services, reader)
  const clusterTags = await ecs.clusterTags(cluster)
  return viewOf(cluster, primary, services, record, clusterTags, await context.now())
}

async function addServices(
  cluster: string,
  names: readonly string[],
  services: Map<string, ServiceState>,
  { ecs }: Reader,
): Promise<void> {
  const missing = names.filter((name) => name !== '' && !services.has(name))
  if (missing.length === 0) return
  for (const [name, state] of await ecs.describeServices(cluster, missing))
    services.set(name, state)
}

function listOf(name: string, views: readonly PairView[], context: VerbContext): string {
  const names = views.map(({ primary }) => primary)
  if (names.length === 0) return `There are no pairs in ${context.controller.clusters.join(', ')}.`
  const shown = nearestFirst(name, names).slice(0, 20)
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
  return `The pairs are: ${shown.join(', ')}${more}.`
}

async function listAll(cluster: string, { ecs }: Reader): Promise<string[]> {
  const all: string[] = []
  let nextToken: string | undefined
  do {
    const page = await ecs.listServices(cluster, nextToken)
    all.push(...page.names)
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return all
}

async function describeAll(cluster: string, names: readonly string[], { ecs }: Reader) {
  const found = new Map<string, ServiceState>()
  await atOnce(chunks(names, servicesPerCall), callsAtOnce, async (some) => {
    for (const [name, state] of await ecs.describeServices(cluster, some)) found.set(name, state)
  })
  return found
}

/** Runs an action for each item, a few at a time. */
export async function atOnce<Item>(
  items: readonly Item[],
  count: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = [...items]
  const work = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await action(item)
  }
  await Promise.all(Array.from({ length: count }, work))
}

async function viewsOf(
  cluster: string,
  primaries: readonly string[],
  services: ReadonlyMap<string, ServiceState>,
  clusterTags: Tags,
  context: VerbContext,
  reader: Reader,
): Promise<PairView[]> {
  const keys = primaries.map((primary) => pairKey(cluster, primary))
  const records = await readRecords(cluster, keys, context, reader)
  const now = await context.now()
  return [...primaries].sort().map((primary) => {
    const record = records.get(pairKey(cluster, primary))
    return viewOf(cluster, primary, services, record, clusterTags, now)
  })
}

/** The key of the item that a game day keeps. No service can have this name. */
export function gameDayKey(cluster: string): string {
  return pairKey(cluster, '#game-day')
}

async function readRecords(
  cluster: string,
  keys: readonly string[],
  { controller }: VerbContext,
  { store, gameDays }: Reader,
): Promise<ReadonlyMap<string, PairRecord>> {
  const gameDayItem = gameDayKey(cluster)
  const items = await store.readItems([...keys, gameDayItem])
  const gameDay = items.get(gameDayItem)
  if (gameDay === undefined) gameDays.delete(cluster)
  else gameDays.set(cluster, gameDay)
  items.delete(gameDayItem)
  const records = new Map<string, PairRecord>()
  for (const [key, item] of items) {
    const record = recordOf(item)
    if (record === undefined) {
      throw new OperatorError(
        `${controller.tableName}: ${key} has a record that this release cannot read. Check out the release of the deployed controller, and repeat the command.`,
      )
    }
    records.set(key, record)
  }
  return records
}

function viewOf(
  cluster: string,
  primary: string,
  all: ReadonlyMap<string, ServiceState>,
  found: PairRecord | undefined,
  clusterTags: Tags,
  now: number,
): PairView {
  const record = found ?? newPairRecord(cluster, primary)
  const state = all.get(primary)
  const agreement = agreementOf(primary, all, record.standbys)
  const named = state?.active ? state.tags : { [tags.standbys]: record.standbys.join(' ') }
  const pair = pairOf(cluster, primary, named, now, clusterTags)
  const names = [primary, ...agreement.standbys]
  return {
    cluster,
    primary,
    pair:
      pair === undefined || agreement.standbys.length === 0
        ? undefined
        : { ...pair, standbys: agreement.standbys },
    services: new Map(
      names.flatMap((name) => {
        const found = all.get(name)
        return found === undefined ? [] : [[name, found]]
      }),
    ),
    agreement,
    record,
    clusterTags,
  }
}

/** The tasks with an interruption notice that still run, by the cluster and the name of the primary. */
export async function interruptedTasks(
  views: readonly PairView[],
  { ecs }: Reader,
): Promise<ReadonlyMap<string, readonly Task[]>> {
  const found = new Map<string, Task[]>()
  for (const cluster of new Set(views.map((view) => view.cluster))) {
    const noticed = views
      .filter((view) => view.cluster === cluster)
      .flatMap(({ primary, record }) =>
        Object.keys(record.interruptedTasks).map(
          (arn) => [arn, pairKey(cluster, primary)] as const,
        ),
      )
    const keys = new Map(noticed)
    for (const task of await ecs.describeTasks(cluster, [...keys.keys()])) {
      const key = keys.get(task.taskArn ?? '')
      if (key === undefined || task.lastStatus !== 'RUNNING') continue
      found.set(key, [...(found.get(key) ?? []), task])
    }
  }
  return found
}
