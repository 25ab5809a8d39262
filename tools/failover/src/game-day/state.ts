import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { type Item, Store } from '@tideway/failover-lambda/store'
import { OperatorError } from '../errors'
import { gameDayKey } from '../pairs'
import { counted } from '../table'
import { moment } from '../time'
import type { VerbContext } from '../verb'

/** What a game day has done and is about to do. Written before each act, so that a killed run can be put back. */
export interface GameDayState {
  readonly by: string
  readonly startedAt: number
  readonly endsAt: number
  /** A run that lives writes it every half minute. */
  readonly aliveAt: number
  /** The services that lose tasks, with their standbys. */
  readonly services: Readonly<Record<string, readonly string[]>>
  /** Every task that was stopped, or is about to be. */
  readonly stopped: readonly string[]
  /** The experiments that were started, or are about to be: their tokens, and their ids once they are known. */
  readonly experiments: readonly StoredExperiment[]
}

interface StoredExperiment {
  readonly token: string
  readonly id?: string
  readonly group?: string
  /** As many tasks can have been on its instance. */
  readonly tasks?: number
}

export interface StoredState extends GameDayState {
  /** Each write checks it, so only one run can act. */
  readonly version: number
}

/** A run that is silent for longer was killed. */
export const silentMilliseconds = 120_000

/** Another run has taken over, or the item was removed. */
export class LostLock extends OperatorError {
  override readonly name = 'LostLock'
}

/** The item of a cluster in the table of the controller. The controller never reads it: no service can have this name. */
export class StateItem {
  private readonly store: Store
  private readonly key: string

  constructor(
    private readonly context: Pick<VerbContext, 'aws' | 'controller'>,
    readonly cluster: string,
  ) {
    this.store = new Store(context.aws.dynamodb, context.controller.tableName)
    this.key = gameDayKey(cluster)
  }

  async read(): Promise<StoredState | undefined> {
    const item = (await this.store.readItems([this.key])).get(this.key)
    return item && storedIn(item)
  }

  /** Creates the item, or replaces the version that was read. Throws a LostLock if another run was faster. */
  async write(state: GameDayState, version: number): Promise<StoredState> {
    const { version: _, ...entry } = { version, ...state }
    const attributes = { entry: { S: JSON.stringify(entry) } }
    await this.guard(() => this.store.writeItem(this.key, version, attributes))
    return { ...state, version: version + 1 }
  }

  async remove(version: number): Promise<void> {
    const { aws, controller } = this.context
    await this.guard(() =>
      aws.dynamodb.send(
        new DeleteItemCommand({
          TableName: controller.tableName,
          Key: { pair: { S: this.key } },
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': { N: String(version) } },
        }),
      ),
    )
  }

  private async guard(call: () => Promise<unknown>): Promise<void> {
    try {
      await call()
    } catch (error) {
      if (!/^(ConditionalCheckFailedException|Conflict)$/.test((error as Error).name)) throw error
      throw new LostLock(
        `${this.cluster}: another run has taken over this game day, or begun one. This run has stopped and does nothing more.`,
      )
    }
  }
}

export function storedIn({ entry, version }: Item): StoredState {
  return { ...JSON.parse(entry?.S ?? '{}'), version: Number(version?.N ?? 0) }
}

/** A line for `status`. */
export function gameDayText(state: StoredState, now: number, command: string): string {
  const what = `game day of ${state.by} since ${moment(state.startedAt)}, ${actsOf(state)}`
  return now - state.aliveAt <= silentMilliseconds
    ? `${what}; it runs`
    : `${what}; it was killed. Put it back: ${command}`
}

export function actsOf({ stopped, experiments }: GameDayState): string {
  const instances =
    experiments.length > 0 ? ` and ${counted(experiments.length, 'experiment')}` : ''
  return `${counted(stopped.length, 'task')} stopped${instances}`
}

/** The command that puts a killed game day back. */
export function putBackCommand(
  { environment, region }: Pick<VerbContext, 'environment' | 'region'>,
  cluster: string,
): string {
  // Without an environment, the cluster stands in its place.
  const place =
    environment === cluster ? `--cluster ${cluster} --region ${region}` : `-c ${environment}`
  return `npm run failover -- gameday ${place} --put-back`
}
