/**
 * What an operator has set by the value of a tag: `SETTING[ until=TIME][ by=WHO][ why=TEXT]`, such as
 * `true until=2026-11-22T10:00:00Z by=alice why=pool is being replaced`. The fields can come in any order.
 */
export interface OperatorTag {
  /** The text before the fields, such as `true`, `3` or `all`. */
  readonly setting: string
  /** After this time the tag no longer counts. Milliseconds since 1970. */
  readonly until?: number
  readonly by?: string
  readonly why?: string
}

export interface ParsedOperatorTag extends OperatorTag {
  /** False for an end that is no time: it is unknown how long the tag counts. */
  readonly isValid: boolean
}

/** The limit of ECS for the value of a tag. */
const maxLength = 256

const fieldName = /(?:^|\s+)(until|by|why)=/

/** A date alone would end at an hour that depends on the reader. */
const timeForm = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(?:Z|[+-]\d\d:\d\d)$/

/** Total: every value has a meaning. Text without fields is the setting. */
export function parseOperatorTag(value: string): ParsedOperatorTag {
  const [setting = '', ...rest] = value.split(fieldName)
  const texts = (name: string) =>
    rest.flatMap((part, index) =>
      index % 2 === 0 && part === name ? (rest[index + 1] ?? '').trim() : [],
    )
  const ends = texts('until')
  const until = ends.length === 1 ? timeIn(ends[0] ?? '') : undefined
  const by = texts('by').at(-1)
  const why = texts('why').at(-1)
  return {
    setting,
    ...(until !== undefined && { until }),
    ...(by && { by }),
    ...(why && { why }),
    isValid: ends.length === 0 || until !== undefined,
  }
}

/** The value of a tag. Throws an error that says what a tag cannot hold. */
export function formatOperatorTag({ setting, until, by, why }: OperatorTag): string {
  const fields = { until: until === undefined ? undefined : textOf(until), by, why }
  const parts = [withoutFields('the setting', setting.trim())]
  for (const [name, text] of Object.entries(fields)) {
    if (text?.trim()) parts.push(`${name}=${withoutFields(name, text.trim())}`)
  }
  const value = parts.join(' ')
  const forbidden = new Set(value.match(/[^\p{L}\p{N}\p{Z}+\-=._:/@]/gu))
  if (forbidden.size > 0) {
    throw new Error(
      `the value of a tag: can contain letters, digits, blanks and + - = . _ : / @; got ${[...forbidden].join(' ')} in "${value}"`,
    )
  }
  if (value.length > maxLength) {
    throw new Error(
      `the value of a tag: must have at most ${maxLength} characters; got ${value.length}. Shorten the reason`,
    )
  }
  return value
}

/** Whether the end of a tag has passed, so that it no longer counts. */
export function isOver({ until }: Pick<OperatorTag, 'until'>, now: number): boolean {
  return until !== undefined && now >= until
}

/** `Date.parse` makes 30 February the second of March. */
function timeIn(text: string): number | undefined {
  const local = timeForm.exec(text)?.[1]
  if (local === undefined) return undefined
  const asUtc = new Date(`${local}Z`)
  const exists = !Number.isNaN(asUtc.getTime()) && asUtc.toISOString().startsWith(local)
  const time = Date.parse(text)
  return exists && !Number.isNaN(time) ? time : undefined
}

function textOf(time: number): string {
  const date = new Date(time)
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('.000Z', 'Z')
  if (timeIn(text) === undefined) {
    throw new Error(`until: must be a time in the years 0 to 9999; got ${time}`)
  }
  return text
}

function withoutFields(name: string, text: string): string {
  const found = fieldName.exec(text)?.[0]
  if (found === undefined) return text
  throw new Error(
    `${name}: must not contain "${found.trim()}", which begins a field; got "${text}"`,
  )
}
