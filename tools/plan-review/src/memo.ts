/** Enough for the texts of a large plan that occur several times. */
const maxCharacters = 1 << 20

/** What a text gives, calculated once while its texts have no more than a million characters. */
export function memoized<Value>(make: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>()
  let characters = 0
  return (text) => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as Value
    characters += text.length
    if (characters > maxCharacters) {
      known.clear()
      characters = text.length
    }
    const made = make(text)
    known.set(text, made)
    return made
  }
}
