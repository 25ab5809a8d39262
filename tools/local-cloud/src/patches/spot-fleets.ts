import type { OldXmlValue as XmlValue } from '../gateway/old-xml'

type Tree = Readonly<Record<string, unknown>>

interface Fleet {
  readonly id: string
  readonly config: Tree
  readonly tags: readonly Tree[]
  readonly state: 'active' | 'cancelled_terminating'
}

/**
 * Spot Fleet requests, as they were written. moto answers one with launch templates by launch specifications, at
 * which the provider panics. Can go when it answers the templates.
 */
export class SpotFleets {
  private readonly fleets = new Map<string, Fleet>()

  get active(): string[] {
    return [...this.fleets.values()].filter(({ state }) => state === 'active').map(({ id }) => id)
  }

  /** Nothing where the call is about something else. */
  answer(operation: string, input: Tree): XmlValue | undefined {
    const ids = (input.SpotFleetRequestId as readonly string[] | undefined) ?? []
    const asked = [...this.fleets.values()].filter(({ id }) => ids.length === 0 || ids.includes(id))
    switch (operation) {
      case 'RequestSpotFleet':
        return { spotFleetRequestId: this.request(input.SpotFleetRequestConfig as Tree) }
      case 'DescribeSpotFleetRequests':
        return { spotFleetRequestConfigSet: asked.map(described) }
      case 'DescribeSpotFleetInstances':
        return { spotFleetRequestId: String(ids), activeInstanceSet: [] }
      case 'ModifySpotFleetRequest': {
        const { SpotFleetRequestId: id, ...changes } = input
        const fleet = this.fleets.get(String(id))
        if (fleet === undefined) return undefined
        this.fleets.set(fleet.id, { ...fleet, config: { ...fleet.config, ...changes } })
        return { return: true }
      }
      case 'CancelSpotFleetRequests':
        for (const fleet of asked) {
          this.fleets.set(fleet.id, { ...fleet, state: 'cancelled_terminating' })
        }
        return {
          successfulFleetRequestSet: asked.map(({ id }) => ({
            spotFleetRequestId: id,
            currentSpotFleetRequestState: 'cancelled_terminating',
            previousSpotFleetRequestState: 'active',
          })),
          unsuccessfulFleetRequestSet: [],
        }
      case 'CreateTags':
      case 'DeleteTags':
        return this.retag(operation, input)
      default:
        return undefined
    }
  }

  private request({ TagSpecification, ...config }: Tree): string {
    const id = `sfr-00000000-0000-4000-8000-${String(this.fleets.size + 1).padStart(12, '0')}`
    const [{ Tag = [] } = {}] = (TagSpecification as readonly { Tag?: Tree[] }[] | undefined) ?? []
    this.fleets.set(id, { id, config, tags: Tag, state: 'active' })
    return id
  }

  private retag(operation: string, { ResourceId, Tag }: Tree): XmlValue | undefined {
    const fleet = this.fleets.get(String((ResourceId as readonly string[] | undefined)?.[0]))
    if (fleet === undefined) return undefined
    const given = Tag as readonly Tree[]
    const kept = fleet.tags.filter(({ Key }) => !given.some((tag) => tag.Key === Key))
    const tags = operation === 'CreateTags' ? [...kept, ...given] : kept
    this.fleets.set(fleet.id, { ...fleet, tags })
    return { return: true }
  }
}

function described({ id, config, tags, state }: Fleet): XmlValue {
  return {
    spotFleetRequestId: id,
    spotFleetRequestState: state,
    spotFleetRequestConfig: answered(config),
    activityStatus: 'fulfilled',
    createTime: '2026-01-05T00:00:00.000Z',
    tagSet: tags.map(({ Key, Value }) => ({ key: String(Key), value: String(Value) })),
  }
}

/** EC2 answers what it was told under the same names, which begin small. */
function answered(value: unknown): XmlValue {
  if (Array.isArray(value)) return value.map(answered)
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`,
      answered(item),
    ]),
  )
}
