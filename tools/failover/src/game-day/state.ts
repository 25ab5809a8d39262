import { BatchGetItemCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { pairKey } from '@tideway/failover-lambda/pair-record'
import { OperatorError } from '../errors'
import { moment } from '../time'
import type { Reads } from './view'

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
  readonly experiments: readonly { readonly token: string; readonly id?: string }[]
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
  constructor(
    private readonly context: Reads,
    readonly cluster: string,
  ) {}

  async read(): Promise<StoredState | undefined> {
    const { aws, controller } = this.context
    const { Responses } = await aws.dynamodb.send(
      new BatchGetItemCommand({
        RequestItems: { [controller.tableName]: { Keys: [this.key], ConsistentRead: true } },
      }),
    )
    const [item] = Responses?.[controller.tableName] ?? []
    if (item === undefined) return undefined
    return { ...JSON.parse(item.entry?.S ?? '{}'), version: Number(item.version?.N ?? 0) }
  }

  /** Creates the item, or replaces the version that was read. Throws a LostLock if another run was faster. */
  async write(state: GameDayState, version: number): Promise<StoredState> {
    const { aws, controller } = this.context
    const next = version + 1
    const { version: _, ...entry } = { version, ...state }
    await this.guard(() =>
      aws.dynamodb.send(
        new PutItemCommand({
          TableName: controller.tableName,
          Item: {
            ...this.key,
            version: { N: String(next) },
            entry: { S: JSON.stringify(entry) },
          },
          ...conditionOf(version),
        }),
      ),
    )
    return { ...state, version: next }
  }

  async remove(version: number): Promise<void> {
    const { aws, controller } = this.context
    await this.guard(() =>
      aws.dynamodb.send(
        new DeleteItemCommand({
          TableName: controller.tableName,
          Key: this.key,
          ...conditionOf(version),
        }),
      ),
    )
  }

  private get key() {
    return { pair: { S: pairKey(this.cluster, '#game-day') } }
  }

  private async guard(call: () => Promise<unknown>): Promise<void> {
    try {
      await call()
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error
      throw new LostLock(
        `${this.cluster}: another run has taken over this game day, or begun one. This run has stopped and does nothing more.`,
      )
    }
  }
}

function conditionOf(version: number) {
  if (version === 0) return { ConditionExpression: 'attribute_not_exists(pair)' }
  return {
    ConditionExpression: 'version = :version',
    ExpressionAttributeValues: { ':version': { N: String(version) } },
  }
}

/** A line for `status`: undefined without a game day. */
export async function gameDayLine(context: Reads, cluster: string, now: number) {
  const state = await new StateItem(context, cluster).read()
  if (state === undefined) return undefined
  const { by, startedAt, stopped, aliveAt } = state
  const what = `game day of ${by} since ${moment(startedAt)}, ${stopped.length} tasks stopped`
  return now - aliveAt <= silentMilliseconds
    ? `${what}; it runs`
    : `${what}; it was killed. Put it back: npm run failover -- gameday --put-back`
}
