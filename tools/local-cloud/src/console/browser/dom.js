export const byId = (id) => document.getElementById(id)

/** Creates an element with properties and children. */
export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

export const makeText = (name, textContent, className = '') =>
  make(name, { textContent, className })

/** Changes the text only where it differs: screen readers announce each change of a status. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Makes the children of an element match the items, and reuses those with the same key. */
export function syncChildren(parent, items, { keyOf, create, update = () => {} }) {
  const unused = new Map([...parent.children].map((child) => [child.dataset.key, child]))
  for (const [index, item] of items.entries()) {
    const key = String(keyOf(item))
    const child = unused.get(key) ?? create(item)
    unused.delete(key)
    child.dataset.key = key
    const current = parent.children[index] ?? null
    if (current !== child) parent.insertBefore(child, current)
    update(child, item)
  }
  for (const child of unused.values()) child.remove()
}

/** A list of texts. */
export function syncTexts(parent, name, texts) {
  syncChildren(parent, [...texts.entries()], {
    keyOf: ([index]) => index,
    create: () => make(name),
    update: (child, [, text]) => setText(child, text),
  })
}

/** The rows of a table. The first cell of each is its header. */
export function syncRows(body, rows) {
  syncChildren(body, rows, {
    keyOf: ([key]) => key,
    create: (cells) =>
      make('tr', {}, ...cells.map((_, index) => makeCell(index === 0 ? 'th' : 'td'))),
    update: (row, cells) => {
      for (const [index, cell] of cells.entries()) setText(row.children[index], cell)
    },
  })
}

const makeCell = (name) => make(name, name === 'th' ? { scope: 'row' } : {})

/** 754 as 12:34. */
export function clock(seconds) {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
  const [hours, ...rest] = parts.map((part) => String(Math.floor(part)).padStart(2, '0'))
  return hours === '00' ? rest.join(':') : [hours, ...rest].join(':')
}

/** 90 as `1 min 30 s`. */
export function duration(seconds) {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const fraction = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' })

export const count = (value) => (value < 10 ? fraction : whole).format(value)
export const dollars = (value) => money.format(value)
