import { invalid } from './invalid'
import { type AttributeValue, type Item, itemBytes, normalizedItem } from './value'

export interface TableProps {
  readonly name: string
  readonly hashKey: string
  /** @default none */
  readonly sortKey?: string
  /** Of key attributes, those of indexes too. @default S */
  readonly keyTypes?: Readonly<Record<string, 'S' | 'N' | 'B'>>
  /** Each has the items that have its attribute, with all their attributes. @default none */
  readonly indexes?: readonly { readonly name: string; readonly hashKey: string }[]
}

/** An item with what its key is as a text, by which items of the same sort key are told apart. */
export interface LocatedItem {
  readonly id: string
  readonly item: Item
}

const maxItemBytes = 400 * 1024

/** The items of a table, by hash key and then by sort key, and by the hash keys of its indexes. */
export class Table {
  readonly keyAttributes: readonly string[]
  private readonly items = new Map<string, Item>()
  /** The first is the table's own, under its name; then those of the indexes. */
  private readonly partitions = new Map<string, Map<string, Map<string, Item>>>()
  private readonly hashKeys: readonly (readonly [name: string, hashKey: string])[]

  constructor(readonly props: TableProps) {
    const { name, hashKey, sortKey, indexes = [] } = props
    this.keyAttributes = sortKey === undefined ? [hashKey] : [hashKey, sortKey]
    const own = indexes.map((index) => [index.name, index.hashKey] as const)
    this.hashKeys = [[name, hashKey], ...own]
    for (const [source] of this.hashKeys) this.partitions.set(source, new Map())
  }

  /** In no particular order, for tests to look at. */
  all(): Item[] {
    return [...this.items.values()]
  }

  get(key: Item): Item | undefined {
    return this.items.get(this.idOf(key))
  }

  put(given: Item): void {
    const item = normalizedItem(given)
    const id = this.idOf(this.keyOf(item))
    this.checkIndexKeys(item)
    if (itemBytes(item) > maxItemBytes) {
      throw invalid('Item size has exceeded the maximum allowed size')
    }
    this.remove(id)
    this.items.set(id, item)
    for (const [source, hashKey] of this.hashKeys) {
      const hash = item[hashKey]
      if (hash) this.partition(source, hash, true).set(id, item)
    }
  }

  delete(key: Item): void {
    this.remove(this.idOf(key))
  }

  /** What an item's key is, checked. */
  keyOf(item: Item): Item {
    const entries = this.keyAttributes.map((name) => [name, item[name]] as const)
    const missing = entries.find(([, value]) => value === undefined)
    if (missing !== undefined) {
      throw invalid(
        `One or more parameter values were invalid: Missing the key ${missing[0]} in the item`,
      )
    }
    const key = Object.fromEntries(entries) as Item
    this.idOf(key)
    return key
  }

  /** The items of one partition of the table or an index, or all that are in it. */
  itemsOf(source: string, hash?: AttributeValue): LocatedItem[] {
    const all = this.partitions.get(source)?.values() ?? []
    const partitions = hash ? [this.partition(source, hash, false)] : [...all]
    return partitions.flatMap((partition) => [...partition].map(([id, item]) => ({ id, item })))
  }

  /** The hash key of the table or of an index. */
  hashKeyOf(indexName?: string): string {
    const source = indexName ?? this.props.name
    const found = this.hashKeys.find(([name]) => name === source)
    if (found === undefined) {
      throw invalid(`The table does not have the specified index: ${indexName}`)
    }
    return found[1]
  }

  /** The same for the same key, however its numbers are written. Refuses what is no key of this table. */
  idOf(key: Item): string {
    const names = Object.keys(key)
    const isComplete = this.keyAttributes.every((name) => Object.hasOwn(key, name))
    if (names.length !== this.keyAttributes.length || !isComplete) {
      throw invalid('The provided key element does not match the schema')
    }
    const own = normalizedItem(key)
    for (const name of this.keyAttributes) this.checkKeyType(name, own[name] as AttributeValue)
    return JSON.stringify(this.keyAttributes.map((name) => own[name]))
  }

  private checkKeyType(name: string, value: AttributeValue): void {
    const type = this.props.keyTypes?.[name] ?? 'S'
    if (!Object.hasOwn(value, type)) {
      throw invalid('The provided key element does not match the schema')
    }
    if (Object.values(value)[0] === '') {
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
      )
    }
  }

  private checkIndexKeys(item: Item): void {
    for (const [index, name] of this.hashKeys.slice(1)) {
      const value = item[name]
      const type = this.props.keyTypes?.[name] ?? 'S'
      if (value === undefined || (Object.hasOwn(value, type) && Object.values(value)[0] !== '')) {
        continue
      }
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} Actual: ${Object.keys(value)[0]} IndexName: ${index}`,
      )
    }
  }

  private remove(id: string): void {
    const old = this.items.get(id)
    if (old === undefined) return
    this.items.delete(id)
    for (const [source, hashKey] of this.hashKeys) {
      const hash = old[hashKey]
      if (hash) this.partition(source, hash, false).delete(id)
    }
  }

  private partition(source: string, hash: AttributeValue, isKept: boolean): Map<string, Item> {
    const partitions = this.partitions.get(source) ?? new Map<string, Map<string, Item>>()
    const id = JSON.stringify(normalizedItem({ hash }))
    const partition = partitions.get(id) ?? new Map<string, Item>()
    if (isKept) partitions.set(id, partition)
    return partition
  }
}
