import { AwsError } from '../../endpoint'
import { notSimulated } from '../operations'

/** An attribute value as the API writes it. Other types are not simulated. */
export type AttributeValue = { readonly S: string } | { readonly N: string }

export type Item = Readonly<Record<string, AttributeValue>>

export interface IndexProps {
  readonly name: string
  readonly hashKey: string
}

export interface TableProps {
  readonly name: string
  /** An attribute of type S. Sort keys are not simulated. */
  readonly hashKey: string
  /** Global secondary indexes with the projection KEYS_ONLY. @default none */
  readonly indexes?: readonly IndexProps[]
}

const maxItemBytes = 400 * 1024

/** A request that DynamoDB rejects, regardless of the contents of the table. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}

/** The items of a table by their key. */
export class Table {
  private readonly items = new Map<string, Item>()

  constructor(readonly props: TableProps) {}

  /** In the order of the first write, for assertions. */
  all(): Item[] {
    return [...this.items.values()]
  }

  /** @param key the value of the hash key */
  get(key: string): Item | undefined {
    return this.items.get(key)
  }

  put(item: Item): void {
    const stored = normalized(item)
    const key = this.keyOf(stored)
    for (const { name, hashKey } of this.props.indexes ?? []) {
      const value = stored[hashKey]
      if (value === undefined || ('S' in value && value.S !== '')) continue
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for Index Key ${hashKey} Expected: S Actual: ${Object.keys(value)[0]} IndexName: ${name}`,
      )
    }
    if (bytesOf(stored) > maxItemBytes) {
      throw invalid('Item size has exceeded the maximum allowed size')
    }
    this.items.set(key, stored)
  }

  /** @param key the value of the hash key */
  delete(key: string): void {
    this.items.delete(key)
  }

  /** The value of an item's hash key. */
  keyOf(item: Item): string {
    const { hashKey } = this.props
    const value = item[hashKey]
    if (value === undefined) {
      throw invalid(
        `One or more parameter values were invalid: Missing the key ${hashKey} in the item`,
      )
    }
    if (!('S' in value)) throw invalid('The provided key element does not match the schema')
    if (value.S !== '') return value.S
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${hashKey}`,
    )
  }

  /** The value of a `Key` parameter, which must contain only the hash key. */
  idOf(key: Item): string {
    const names = Object.keys(key)
    if (names.length === 1 && names[0] === this.props.hashKey) return this.keyOf(key)
    throw invalid('The provided key element does not match the schema')
  }

  index(name: string): IndexProps {
    const index = this.props.indexes?.find((each) => each.name === name)
    if (index !== undefined) return index
    throw invalid(`The table does not have the specified index: ${name}`)
  }

  /** The keys of the items that have this value of an index's hash key, in the order of their own key. */
  keysIn(index: IndexProps, value: AttributeValue): Item[] {
    const { hashKey } = this.props
    return this.all()
      .filter((item) => equal(item[index.hashKey], value))
      .map((item) => ({ [index.hashKey]: value, [hashKey]: item[hashKey] as AttributeValue }))
      .sort((one, other) => (this.keyOf(one) < this.keyOf(other) ? -1 : 1))
  }
}

export function equal(one: AttributeValue | undefined, other: AttributeValue): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other)
}

/** Names and values, about as DynamoDB counts them. */
export function bytesOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength('S' in value ? value.S : value.N),
    0,
  )
}

/** Checks the types of all values, and writes numbers as DynamoDB returns them: `07` as `7`. */
export function normalized(item: Item): Item {
  const entries = Object.entries(item).map(([name, value]) => {
    const [type = 'none', content = ''] = Object.entries<string>(value)[0] ?? []
    if (type === 'S') return [name, value] as const
    if (type !== 'N') throw notSimulated(`attribute ${name}`, `type ${type}`, ['S', 'N'])
    if (!/^-?\d{1,15}$/.test(content)) {
      throw notSimulated(`attribute ${name}`, `the number ${content}`, ['whole numbers'])
    }
    return [name, { N: String(Number(content)) }] as const
  })
  return Object.fromEntries(entries)
}
