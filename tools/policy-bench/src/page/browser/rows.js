import { byId, make, makeText } from '@tideway/local-cloud/dom.js'
import { comparison, failedText, indexed, makeSelect } from './choices.js'

const unique = (values) => [...new Set(values)]
const sorting = { column: 'scenario', isDescending: false }
const filters = {}

/** In the order of the table: the key, the title, its meaning, the text of a row, and what it sorts by. */
const columns = [
  {
    key: 'scenario',
    title: 'scenario',
    text: ({ scenario }) => comparison.scenarios[scenario].name,
  },
  { key: 'policy', title: 'policy', text: ({ policy }) => comparison.policies[policy].name },
  {
    key: 'failed',
    title: 'failed per million',
    isNumber: true,
    text: ({ failed }) => failedText(failed),
  },
  { key: 'cost', title: 'cost', isNumber: true, text: ({ cost }) => cost.toFixed(3) },
  {
    key: 'shortfall',
    title: 'longest shortfall (s)',
    isNumber: true,
    text: ({ shortfall }) => shortfall.toLocaleString('en-US'),
  },
  {
    key: 'beatenBy',
    title: 'beaten by',
    text: ({ beatenBy }) => beatenBy ?? 'none: on the frontier',
  },
  {
    key: 'application',
    title: 'application',
    text: ({ combination }) => comparison.combinations[combination].application,
  },
  {
    key: 'deregistration',
    title: 'deregistered',
    text: ({ combination }) => comparison.combinations[combination].deregistration,
  },
]

/** @param onShow receives the row whose timeline is wanted */
export function startRows(onShow) {
  const { scenarios, policies, combinations } = comparison
  const any = [['', 'all']]
  const named = (values) => [...any, ...unique(values).map((value) => [value, value])]
  const addFilter = (key, label, options, chosen) => {
    const { select, element } = makeSelect(label, options, (value) => {
      filters[key] = value
      drawRows(onShow)
    })
    select.value = chosen
    filters[key] = chosen
    byId('filters').append(element)
  }
  const [, usual = combinations[0]] = combinations
  addFilter('scenario', 'Scenario', [...any, ...indexed(scenarios)], '')
  addFilter('policy', 'Policy', [...any, ...indexed(policies)], '')
  addFilter(
    'application',
    'Application',
    named(combinations.map(({ application }) => application)),
    usual.application,
  )
  addFilter(
    'deregistration',
    'Deregistered',
    named(combinations.map(({ deregistration }) => deregistration)),
    usual.deregistration,
  )
  const sortBy = (key) => {
    sorting.isDescending = sorting.column === key && !sorting.isDescending
    sorting.column = key
    drawRows(onShow)
  }
  byId('rows').tHead.replaceChildren(
    make(
      'tr',
      {},
      ...columns.map(({ key, title, isNumber }) =>
        make(
          'th',
          { scope: 'col', className: isNumber ? 'number' : '' },
          make('button', { type: 'button', textContent: title, onclick: () => sortBy(key) }),
        ),
      ),
      makeText('th', 'timeline'),
    ),
  )
  drawRows(onShow)
}

function isShown(row) {
  const { application, deregistration } = comparison.combinations[row.combination]
  const values = { ...row, application, deregistration }
  return Object.entries(filters).every(
    ([key, value]) => value === '' || String(values[key]) === value,
  )
}

function compareRows(one, other) {
  const { text, isNumber, key } = columns.find((column) => column.key === sorting.column)
  const isInOrder = isNumber || key === 'scenario' || key === 'policy'
  const difference = isInOrder ? one[key] - other[key] : text(one).localeCompare(text(other))
  return sorting.isDescending ? -difference : difference
}

function drawRows(onShow) {
  const rows = comparison.rows.filter(isShown).sort(compareRows)
  for (const [index, { key }] of columns.entries()) {
    const header = byId('rows').tHead.rows[0].cells[index]
    if (sorting.column !== key) header.removeAttribute('aria-sort')
    else header.setAttribute('aria-sort', sorting.isDescending ? 'descending' : 'ascending')
  }
  byId('row-count').textContent = `${rows.length} of ${comparison.rows.length} rows`
  byId('rows').tBodies[0].replaceChildren(...rows.map((row) => rowElement(row, onShow)))
}

function rowElement(row, onShow) {
  const { kind, description } = comparison.policies[row.policy]
  const cells = columns.map(({ text, isNumber }, index) =>
    make(index === 0 ? 'th' : 'td', {
      textContent: text(row),
      className: isNumber ? 'number' : '',
      ...(index === 0 && { scope: 'row' }),
      ...(index === 1 && { title: description }),
    }),
  )
  const scenario = comparison.scenarios[row.scenario]
  const name = `${scenario.name}, ${comparison.policies[row.policy].name}`
  const show = make('button', { type: 'button', textContent: 'Show', onclick: () => onShow(row) })
  show.setAttribute('aria-label', `Show the timeline of ${name}`)
  const action = make('td', {}, ...(scenario.hours === undefined ? [] : [show]))
  return make('tr', { className: kind }, ...cells, action)
}
