/** Stand for the wildcards `*` and `?`, so that the same characters can also be literal. */
const many = '\u{E000}'
const single = '\u{E001}'

const runs = new RegExp(`[${many}${single}]{2,}`, 'g')

/** Text with `*` and `?` as wildcards. `${*}` is a literal asterisk. */
export function pattern(text: string): string {
  if (!/[*?]|\$\{\$\}/.test(text)) return text
  const read = text.replace(/\$\{[*?$]\}|[*?]/g, (found) =>
    found === '*' ? many : found === '?' ? single : found.charAt(2),
  )
  return read.replace(runs, (run) => {
    const length = run.split(single).length - 1
    return single.repeat(length) + (run.includes(many) ? many : '')
  })
}

export const everything = many

export const hasWildcard = (text: string) => text.includes(many) || text.includes(single)

/** Whether a pattern matches every text that another one matches. */
export function covers(outer: string, inner: string): boolean {
  if (outer === many || outer === inner) return true
  if (!hasWildcard(outer)) return false
  let [at, star, retry] = [0, -1, 0]
  for (let index = 0; index < inner.length; ) {
    const [expected, found] = [outer[at], inner[index]]
    if (expected === many) {
      star = at++
      retry = index
    } else if (
      expected === found ||
      (expected === single && found !== many && found !== undefined)
    ) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++retry
    } else return false
  }
  return at === outer.length || outer.slice(at) === many
}

/** More than any real pair of patterns needs. */
const maxSteps = 1e6

/** Whether one text matches both patterns: true if that takes too long to decide. */
export function overlaps(one: string, other: string): boolean {
  if (!hasWildcard(one)) return covers(other, one)
  if (!hasWildcard(other)) return covers(one, other)
  if (one.length * other.length > maxSteps) return true
  // The places in `other` that are reachable after each character of `one`.
  let reached = skipStars(other, new Set([0]))
  for (const character of one) {
    const next = new Set<number>()
    for (const place of reached) {
      const expected = other[place]
      if (character === many) for (let to = place; to <= other.length; to++) next.add(to)
      else if (expected === many) next.add(place)
      else if (
        expected !== undefined &&
        (expected === character || expected === single || character === single)
      )
        next.add(place + 1)
    }
    reached = skipStars(other, next)
  }
  return reached.has(other.length)
}

function skipStars(text: string, places: Set<number>): Set<number> {
  for (const place of places) if (text[place] === many) places.add(place + 1)
  return places
}
