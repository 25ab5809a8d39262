import { XMLBuilder, XMLParser } from 'fast-xml-parser'

export type XmlValue = string | number | boolean | undefined | XmlElement | readonly XmlValue[]

/** Children by name: an array where a name repeats. Names of attributes start with `@_`. */
export interface XmlElement {
  [name: string]: XmlValue
}

const parser = new XMLParser({
  ignoreAttributes: false,
  ignoreDeclaration: true,
  parseTagValue: false,
  // Responses contain escaped JSON, with any number of numeric entities such as &#34;.
  htmlEntities: true,
  processEntities: {
    enabled: true,
    maxTotalExpansions: Number.POSITIVE_INFINITY,
    maxExpandedLength: Number.POSITIVE_INFINITY,
  },
})
const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true })

export function readXml(body: Buffer | string): XmlElement {
  return parser.parse(body.toString())
}

export function writeXml(document: XmlElement): string {
  return builder.build(document)
}

/** A value of the query protocol: its lists have an element for each member. */
export function xmlValue(value: unknown): XmlValue {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return { member: value.map(xmlValue) }
  if (typeof value !== 'object' || value === null) return value as XmlValue
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, xmlValue(item)]))
}

/** All elements of a name that have children, at any depth. */
export function elementsNamed(within: XmlValue, name: string): XmlElement[] {
  return valuesNamed(within, name).filter((value) => typeof value === 'object') as XmlElement[]
}

/** All texts of a name, at any depth. */
export function textsNamed(within: XmlValue, name: string): string[] {
  return valuesNamed(within, name).filter((value) => typeof value === 'string')
}

/** The first text of a name, at any depth. */
export function textNamed(within: XmlValue, name: string): string | undefined {
  return textsNamed(within, name)[0]
}

function valuesNamed(within: XmlValue, name: string): XmlValue[] {
  if (typeof within !== 'object') return []
  if (Array.isArray(within)) return within.flatMap((item) => valuesNamed(item, name))
  return Object.entries(within).flatMap(([key, value]) => [
    ...(key === name ? [value].flat() : []),
    ...valuesNamed(value, name),
  ])
}
