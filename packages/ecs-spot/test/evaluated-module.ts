import type { Block } from '@tideway/constructs/testing'

/**
 * What Terraform would send to the provider, as an output: no provider is needed for it. References to resources are
 * their addresses, as in the JSON of a construct.
 */
export function evaluatedResources(main: Block, data: Readonly<Record<string, string>>): object {
  const { locals, resource } = withoutReferences(main, data)
  const resources = Object.entries<Block>(resource).flatMap(([type, blocks]) =>
    Object.entries<Block>(blocks).map(([name, block]) => `"${type}.${name}" = ${instances(block)}`),
  )
  return { locals, output: { value: { value: `\${{ ${resources.join(', ')} }}` } } }
}

/** The messages of the preconditions that fail, as an output. */
export function failedPreconditions(main: Block, data: Readonly<Record<string, string>>): object {
  const { locals, resource } = withoutReferences(main, data)
  const conditions = Object.values<Block>(resource)
    .flatMap((blocks) => Object.values<Block>(blocks))
    .flatMap((block): Block[] => block.lifecycle?.precondition ?? [])
  const messages = conditions.map(
    ({ condition, error_message }) => `(${inner(condition)}) ? "" : ${hcl(error_message)}`,
  )
  return { locals, output: { value: { value: `\${compact([${messages.join(', ')}])}` } } }
}

/** Each instance of a block with `count` or `for_each`. */
function instances({ for_each, count, lifecycle, dynamic = {}, ...block }: Block): string {
  const { precondition: _, ...meta } = lifecycle ?? {}
  const attributes = { ...block, ...(Object.keys(meta).length > 0 && { lifecycle: meta }) }
  const fields = Object.entries(attributes)
    .filter(([key]) => !(key in dynamic))
    .map(([key, value]) => `"${key}" = ${hcl(value)}`)
  for (const [key, repeated] of Object.entries(dynamic as Record<string, Block>)) {
    const items = `[for ${key} in [for item in ${inner(repeated.for_each)} : { value = item }] : ${hcl(repeated.content)}]`
    fields.push(`"${key}" = concat(${hcl(block[key] ?? [])}, ${items})`)
  }
  const body = `{ ${fields.join(', ')} }`
  if (count !== undefined) return `[for _ in range(${inner(count)}) : ${body}]`
  if (for_each === undefined) return `[${body}]`
  return `[for each in [for key, value in ${inner(for_each)} : { key = key, value = value }] : ${body}]`
}

/** A value of the JSON syntax as an expression of the native syntax. */
function hcl(value: unknown): string {
  if (typeof value === 'string')
    return isExpression(value) ? `(${inner(value)})` : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(hcl).join(', ')}]`
  if (typeof value !== 'object' || value === null) return `${value}`
  const fields = Object.entries(value).map(([key, item]) => `"${key}" = ${hcl(item)}`)
  return `{ ${fields.join(', ')} }`
}

function isExpression(text: string): boolean {
  return expressionsIn(text)[0] === text
}

/** The expressions of a text, with those in them as a part of them. */
export function expressionsIn(text: string): string[] {
  const start = text.indexOf('${')
  if (start < 0) return []
  let depth = 0
  let end = start + 1
  do {
    if (text[end] === '{') depth++
    if (text[end] === '}') depth--
    end++
  } while (depth > 0 && end < text.length)
  return [text.slice(start, end), ...expressionsIn(text.slice(end))]
}

function inner(text: string): string {
  return text.replace(/^\$\{(.*)\}$/s, '$1')
}

function withoutReferences(main: Block, data: Readonly<Record<string, string>>): Block {
  // In the text of JSON, where quotes are escaped.
  const quoted = (value: string) => `\\"${value}\\"`
  const text = JSON.stringify(main)
    .replace(/\$\{(aws_\w+\.\w+)(?:\[0\])?(\.\w+)\}/g, '$1$2')
    .replace(/data\.aws_\w+\.current\.\w+/g, (found) => quoted(data[found] ?? ''))
    .replace(/(?<=[ ([{])(aws_\w+)\.(\w+)(\[\*\])?\.(\w+)\b/g, (_, type, name, all, attribute) => {
      const address = quoted(`${type}.${name}.${attribute}`)
      const { count } = main.resource[type][name]
      return all === undefined ? address : `[for _ in range(${inner(count)}) : ${address}]`
    })
  return JSON.parse(text)
}
