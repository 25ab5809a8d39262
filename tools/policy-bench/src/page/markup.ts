/** HTML that is safe to insert. */
export interface Markup {
  readonly text: string
}

type Value = Markup | number | string | readonly Markup[]

/** Escapes every value that is not markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { text: String.raw({ raw: parts }, ...values.map(textOf)) }
}

function textOf(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value))
  return 'text' in value ? value.text : value.map(({ text }) => text).join('')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
