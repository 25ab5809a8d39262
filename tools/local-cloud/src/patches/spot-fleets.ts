import type { Input, Operations } from './operations'
import { ResourceStore, type Tag, TagStore } from './stores'

/**
 * Spot Fleet requests. moto describes one with launch templates by launch specifications, which crashes the provider.
 * Remove it when moto describes the templates.
 */
export class SpotFleets {
  private readonly fleets = new ResourceStore('SpotFleet', 'InvalidSpotFleetRequestId.NotFound')
  private readonly tags = new TagStore()

  get activeIds(): string[] {
    return [...this.fleets].flatMap(([id, { state }]) => (state === 'active' ? [id] : []))
  }

  readonly operations: Operations = {
    RequestSpotFleet: ({ SpotFleetRequestConfig }) => {
      const { TagSpecification, ...config } = SpotFleetRequestConfig as Input
      const id = `sfr-00000000-0000-4000-8000-${String(this.fleets.size + 1).padStart(12, '0')}`
      const [specification] = (TagSpecification ?? []) as readonly Input[]
      this.fleets.set(id, { id, config, state: 'active' })
      this.tags.put(id, specification?.Tag)
      return { spotFleetRequestId: id }
    },
    DescribeSpotFleetRequests: (input) => ({
      spotFleetRequestConfigSet: { item: this.requested(input).map((each) => this.view(each)) },
    }),
    DescribeSpotFleetInstances: ({ SpotFleetRequestId }) => ({
      spotFleetRequestId: SpotFleetRequestId,
      activeInstanceSet: '',
    }),
    ModifySpotFleetRequest: ({ SpotFleetRequestId, ...changes }) => {
      const { config } = this.fleets.find(SpotFleetRequestId)
      this.fleets.update(SpotFleetRequestId, { config: { ...(config as Input), ...changes } })
      return { return: true }
    },
    CancelSpotFleetRequests: (input) => ({
      successfulFleetRequestSet: {
        item: this.requested(input).map(({ id, state }) => {
          this.fleets.update(id, { state: 'cancelled_terminating' })
          return {
            spotFleetRequestId: id,
            currentSpotFleetRequestState: 'cancelled_terminating',
            previousSpotFleetRequestState: state,
          }
        }),
      },
      unsuccessfulFleetRequestSet: '',
    }),
    CreateTags: ({ ResourceId, Tag }) => this.tags.add(ResourceId, Tag) && { return: true },
    DeleteTags: ({ ResourceId, Tag }) => {
      const keys = (Tag as readonly Tag[]).map(({ Key }) => Key)
      return this.tags.remove(ResourceId, keys) && { return: true }
    },
  }

  private requested({ SpotFleetRequestId }: Input): Input[] {
    const ids = SpotFleetRequestId as readonly string[] | undefined
    return [...this.fleets.values()].filter(({ id }) => ids?.includes(String(id)) ?? true)
  }

  private view({ id, config, state }: Input) {
    const tags = this.tags.list(id).map(({ Key, Value }) => ({ key: Key, value: Value }))
    return {
      spotFleetRequestId: id,
      spotFleetRequestState: state,
      spotFleetRequestConfig: asOutput(config),
      activityStatus: 'fulfilled',
      createTime: '2026-01-05T00:00:00.000Z',
      tagSet: { item: tags },
    }
  }
}

/** EC2 returns input under the same names in lower camel case, and lists as items. */
function asOutput(value: unknown): unknown {
  if (Array.isArray(value)) return { item: value.map(asOutput) }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`,
      asOutput(item),
    ]),
  )
}
