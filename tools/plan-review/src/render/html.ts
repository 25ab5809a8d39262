import { createHash } from 'node:crypto'
import type { Review } from '../assemble'
import type { Difference } from '../compare'
import type { Finding } from '../review'
import { rules, severities } from '../rules'
import { groupsOf, isOpen, worstFirst } from './groups'
import { script, style } from './page-style'
import {
  consequencesOf,
  costsOf,
  decisionsOf,
  type Format,
  groupLines,
  noteOf,
  notesOf,
  priceNote,
  sideSectionsOf,
  summaryOf,
  unlistedOf,
  unusedOf,
  verdictColumns,
  verdictOf,
  verdictRow,
} from './sections'
import { formatValue, isEmpty, plain, titleOf } from './words'

/** Escapes text for HTML elements and attributes. */
function text(value: string): string {
  return plain(value).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}

const code = (value: string) => `<code>${text(value)}</code>`
const format: Format = {
  text,
  code,
  strong: (value) => `<strong>${value}</strong>`,
  severity: (severity) => `<span class="severity ${severity}">${severity}</span>`,
  maxListed: Number.POSITIVE_INFINITY,
}
const list = (items: readonly string[]) =>
  items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`
const hashOf = (content: string) =>
  `'sha256-${createHash('sha256').update(content).digest('base64')}'`

/** One self-contained page, to archive or send. */
export function toHtml(review: Review): string {
  const title = verdictOf(review)
  const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1${review.failures.length > 0 ? ' class="stop"' : ''}>${title}</h1>
${list(review.failures.map(text))}
${review.stacks.every(isEmpty) ? '' : `<p>${summaryOf(review, format)}</p>`}
${list(notesOf(review, format))}
</header>
<main>
${decisions(review)}
${verdict(review)}
${filters(review)}
${[findings(review), ...lists(review), changes(review)].filter((part) => part !== '').join('\n')}
</main>
<script>${script}</script>
</body>
</html>
`
}

function verdict(review: Review): string {
  const rows = review.stacks.map((stack) => {
    const cells = verdictRow(stack, format).map((cell) => `<td>${cell}</td>`)
    return `<tr>${cells.join('')}</tr>`
  })
  const header = verdictColumns.map((name) => `<th scope="col">${name}</th>`).join('')
  return `<div class="card wide" tabindex="0" role="region" aria-label="Verdict"><table><thead><tr>${header}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function decisions({ stacks }: Review): string {
  const { shown, more } = decisionsOf(groupsOf(stacks))
  const cards = shown.map(({ group, detail }) => {
    const { title, lines } = groupLines(group, format, detail)
    return `<div class="card"><p>${title}</p>${list(lines)}</div>`
  })
  const note = more === '' ? '' : `<p class="soft">${more}</p>`
  return section('Decide first', cards.join('') + note)
}

/** Hidden until the script shows it: without the script it has no effect. */
function filters({ stacks }: Review): string {
  const select = (label: string, name: string, values: readonly string[]) => {
    const options = values.map((value) => `<option value="${text(value)}">${text(value)}</option>`)
    return `<label>${label}<select name="${name}"><option value="">all</option>${options.join('')}</select></label>`
  }
  const names = [...new Set(stacks.map(({ stack }) => stack))]
  return `<form hidden role="search" aria-label="Filter"><label class="text">Text<input type="search" name="text" autocomplete="off" placeholder="bucket, data-destroyed, ..."></label>${select('Stack', 'stack', names)}${select('Risk', 'severity', severities.toReversed())}<output aria-live="polite"></output></form>`
}

/** @param attributes of the section: one with data-group is hidden while the filter hides all its rows */
function section(title: string, body: string, attributes = ''): string {
  return body === '' ? '' : `<section${attributes}><h2>${title}</h2>${body}</section>`
}

const grouped = (title: string, rows: readonly string[]) =>
  section(title, rows.join(''), ' data-group')

function findings({ stacks }: Review): string {
  const found = worstFirst(stacks)
  const of = (isAccepted: boolean) =>
    found
      .filter((each) => isOpen(each) !== isAccepted)
      .map(({ stack, finding }) => findingCard(stack.stack, finding))
  return grouped('Findings', of(false)) + grouped('Accepted', of(true))
}

function findingCard(stack: string, finding: Finding): string {
  const { rule, severity, path, action, details, accepted } = finding
  const { why = '', next = '' } = rules.find(({ id }) => id === rule) ?? {}
  const note =
    accepted === undefined
      ? `<details><summary>Why it matters, and what to do</summary><p>${why}</p><p>${next}</p></details>`
      : `<p class="soft">accepted until ${text(accepted.until)}: ${text(accepted.because)}</p>`
  return `<div class="card row" data-stack="${text(stack)}" data-severity="${severity}"><p>${format.severity(severity)} ${code(path)} <span class="soft">${text(stack)}, ${action}, ${rule}</span></p>${list(details.map(text))}${note}</div>`
}

function lists(review: Review): string[] {
  const costs = costsOf(review, format)
  return [
    section('Across stacks', list(consequencesOf(review, format))),
    ...sideSectionsOf(review, format).map(({ title, lines }) => section(title, list(lines))),
    section('Acceptances', list(unusedOf(review, format))),
    costs.length === 0
      ? ''
      : section('Monthly cost', `${list(costs)}<p class="soft">${priceNote}</p>`),
  ]
}

function changes({ stacks }: Review): string {
  return stacks
    .map((stack) => {
      const worst = new Map(
        stack.findings.toReversed().map(({ address, severity }) => [address, severity]),
      )
      const attributes = (severity = '') =>
        `class="card row" data-stack="${text(stack.stack)}" data-severity="${severity}"`
      const rows = [
        ...stack.changes.map((change) => {
          const note = noteOf(change)
          const title = `${change.action} ${code(change.path)}${note === '' ? '' : ` <span class="soft">${text(note)}</span>`}`
          return row(title, change, attributes(worst.get(change.address)))
        }),
        ...stack.outputs.map((output) =>
          row(`${output.action} output ${code(output.name)}`, output, attributes()),
        ),
      ]
      const unlisted = unlistedOf(stack)
      const note = unlisted === '' ? '' : `<p class="soft">${unlisted}</p>`
      return grouped(`Every change: ${text(titleOf(stack))}`, rows) + note
    })
    .join('')
}

function row(
  title: string,
  { action, differences }: { action: string; differences: readonly Difference[] },
  attributes: string,
): string {
  const value = (side: Difference['before']) => code(formatValue(side, 2000))
  const entries = differences.map(({ path, before, after }) => {
    const shown = action === 'create' ? value(after) : `${value(before)} → ${value(after)}`
    return `<dt>${code(path || 'value')}</dt><dd>${shown}</dd>`
  })
  return entries.length === 0
    ? `<div ${attributes}>${title}</div>`
    : `<details ${attributes}><summary>${title}</summary><dl>${entries.join('')}</dl></details>`
}
