/** Settings of a resource by their names in Terraform, as AWS returns them or as synthesized. */
export type Block = Readonly<Record<string, unknown>>

/** `MinTTL` → `min_ttl` */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/** Names the settings in a response of AWS as Terraform does. Lists in XML, such as `Items.Name`, become arrays. */
export function blockOf(value: unknown): Block {
  const converted = convert(value)
  return isBlock(converted) ? converted : {}
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (!isBlock(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      snakeCase(key),
      key === 'Items' ? itemsOf(item) : convert(item),
    ]),
  )
}

/** The items of a list in JSON, or in XML, where each has the name of its kind. */
function itemsOf(value: unknown): unknown {
  if (!isBlock(value)) return Array.isArray(value) ? value.map(convert) : []
  return Object.values(value).flat().map(convert)
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A nested block, which may be in a list of one. Empty if there is none. */
export function one(value: unknown): Block {
  const first = Array.isArray(value) ? value[0] : value
  return isBlock(first) ? first : {}
}

/** Whether there is a nested block. */
export function has(value: unknown): boolean {
  return isBlock(Array.isArray(value) ? value[0] : value)
}

/** Nested blocks, or the values of a list. */
export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isBlock(value) && 'items' in value) return list(value.items)
  const isOne = isBlock(value) && Object.keys(value).length > 0 && !('quantity' in value)
  return isOne ? [value] : []
}

export function blocks(value: unknown): readonly Block[] {
  return list(value).map(one)
}

export function texts(value: unknown): readonly string[] {
  return list(value).map(String)
}

/** Undefined for a missing or empty value. */
export function text(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' || isBlock(value)
    ? undefined
    : String(value)
}

export function number(value: unknown, whenMissing: number): number {
  const given = text(value)
  return given === undefined ? whenMissing : Number(given)
}

export function isTrue(value: unknown): boolean {
  return String(value) === 'true'
}

/** The name of a host, as hosts are compared. */
export function hostName(name: string): string {
  const unescaped = name.replace(/\\(\d{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return unescaped.toLowerCase().replace(/\.$/, '')
}
