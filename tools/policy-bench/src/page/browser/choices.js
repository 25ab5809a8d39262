import { byId, make } from '@tideway/local-cloud/dom.js'

/** What the bench has measured: see dataOf in page.ts. */
export const comparison = JSON.parse(byId('comparison').textContent)

/** A labelled list of choices. Each option is [value, text]. */
export function makeSelect(label, options, onChange) {
  const select = make('select', { onchange: () => onChange(select.value) })
  fillSelect(select, options)
  return { select, element: make('label', {}, label, ' ', select) }
}

export function fillSelect(select, options) {
  select.replaceChildren(
    ...options.map(([value, textContent]) => make('option', { value, textContent })),
  )
}

export const indexed = (items, textOf = ({ name }) => name) =>
  items.map((item, index) => [String(index), textOf(item)])

export const caseText = ({ application, deregistration }) =>
  `${application}, deregistered ${deregistration}`

/** Few failures need digits, many need none. */
export function failedText(value) {
  if (value === 0) return '0'
  if (value < 0.05) return 'under 0.1'
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')
}

export const rowsOf = (scenario, combination) =>
  comparison.rows.filter((row) => row.scenario === scenario && row.combination === combination)
