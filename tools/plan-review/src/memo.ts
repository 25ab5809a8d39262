/** Enough for the texts of a large plan that occur several times. */
const maxCharacters = 1 << 20

/** What a text gives, calculated once while the known texts have no more than a million characters. */
export function memoized<Value, Source extends unknown[] = []>(
  make: (text: string, ...source: Source) => Value,
): (text: string, ...source: Source) => Value {
  const known = new Map<string, Value>()
  let characters = 0
  return (text, ...source) => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as Value
    characters += text.length
    if (characters > maxCharacters) {
      known.clear()
      characters = text.length
    }
    const made = make(text, ...source)
    known.set(text, made)
    return made
  }
}
