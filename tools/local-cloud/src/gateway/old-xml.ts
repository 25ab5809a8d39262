import { text } from './aws-response'

export type OldXmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly OldXmlValue[]
  | { readonly [name: string]: OldXmlValue }

/**
 * Values as the query protocols write them.
 *
 * @param itemNames what the items of a list are called, by the name of the list. Default: as `otherwise` says
 */
export function writeXml(
  value: OldXmlValue,
  itemNames: Readonly<Record<string, string>> = {},
  otherwise = 'member',
): string {
  const write = (value: OldXmlValue, name: string): string => {
    if (Array.isArray(value)) {
      const item = itemNames[name] ?? otherwise
      return value.map((each) => `<${item}>${write(each, item)}</${item}>`).join('')
    }
    if (typeof value === 'object') {
      return Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `<${key}>${write(item, key)}</${key}>`)
        .join('')
    }
    return text(String(value))
  }
  return write(value, '')
}

/** What stands between the first tag of the name and its end. */
export function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}(?: [^>]*)?>([\\s\\S]*?)</${name}>`).exec(xml)?.[1]
}

/** The elements at the top, whole, by their names. */
export function childrenOf(xml: string): Map<string, string> {
  const children = new Map<string, string>()
  let depth = 0
  let start = 0
  for (const match of xml.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>/g)) {
    const [tag, isEnd, name = '', isEmpty] = match
    if (isEnd === '' && depth === 0) start = match.index
    if (isEnd !== '') depth--
    else if (isEmpty === '') depth++
    if (depth === 0) children.set(name, xml.slice(start, match.index + tag.length))
  }
  return children
}
