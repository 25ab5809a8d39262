import { createHash } from 'node:crypto'
import type { Review } from '../assemble'
import type { Difference } from '../compare'
import { pricesOf } from '../prices'
import type { Finding, ShownChange, StackReview } from '../review'
import { rules, severities } from '../rules'
import { script, style } from './page-style'
import { countsInWords, dollars, isEmpty, plain, titleOf, valueInWords, worstFirst } from './words'

/** Text for HTML, in elements and in attributes. */
function text(value: string): string {
  return plain(value).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}

const code = (value: string) => `<code>${text(value)}</code>`
const list = (items: readonly string[]) =>
  items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`
const hashOf = (content: string) =>
  `'sha256-${createHash('sha256').update(content).digest('base64')}'`

/** One page that needs nothing else: it can be kept beside the plan, or sent. */
export function toHtml(review: Review): string {
  const title =
    review.failures.length > 0
      ? 'Plan review: stop'
      : review.stacks.every(isEmpty)
        ? 'Plan review: no changes'
        : 'Plan review'
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
${verdict(review)}
</header>
<main>
${filters(review)}
${[dangers(review), consequences(review), asides(review), costs(review), changes(review)].filter((section) => section !== '').join('\n')}
</main>
<script>${script}</script>
</body>
</html>
`
}

function verdict({ stacks }: Review): string {
  const rows = stacks.map((stack) => {
    const worst =
      stack.highest === undefined
        ? 'none'
        : `<span class="severity ${stack.highest}">${stack.highest}</span>`
    const { before, after } = stack.cost
    const cost = before === after ? dollars(after) : `${dollars(before)} → ${dollars(after)}`
    const cells = [
      text(titleOf(stack)),
      countsInWords(stack.counts),
      worst,
      cost,
      stack.owners.map(code).join(' ') || '-',
    ]
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  const notes = stacks.flatMap((stack) => [
    ...(stack.isOnFixtures
      ? [
          `${text(titleOf(stack))} was planned on samples: what it reads is not deployed yet. This plan cannot be deployed.`,
        ]
      : []),
    ...stack.warnings.map((warning) => `${text(titleOf(stack))}: ${text(warning)}`),
    ...stack.failedChecks.map((check) => `${text(titleOf(stack))}: a check fails: ${text(check)}`),
  ])
  const header = ['stack', 'changes', 'worst risk', 'a month', 'must approve']
  return `<div class="card wide" tabindex="0" role="region" aria-label="Verdict"><table><thead><tr>${header.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>${list(notes)}`
}

/** Shown by the script, without which they would do nothing. */
function filters({ stacks }: Review): string {
  const option = (value: string, name: string) =>
    `<option value="${text(value)}">${text(name)}</option>`
  const names = [...new Set(stacks.map(({ stack }) => stack))]
  return `<form hidden role="search" aria-label="Filter"><label class="text">Text<input type="search" name="text" autocomplete="off" placeholder="bucket, data-destroyed, ..."></label><label>Stack<select name="stack">${option('', 'all')}${names.map((name) => option(name, name)).join('')}</select></label><label>Risk<select name="severity">${option('', 'all')}${[
    ...severities,
  ]
    .reverse()
    .map((name) => option(name, name))
    .join('')}</select></label><output aria-live="polite"></output></form>`
}

function section(title: string, body: string): string {
  return body === '' ? '' : `<section data-group><h2>${title}</h2>${body}</section>`
}

function dangers({ stacks }: Review): string {
  const found = worstFirst(stacks)
  const open = found.filter(({ finding }) => finding.accepted === undefined)
  const accepted = found.filter(({ finding }) => finding.accepted !== undefined)
  const all = (entries: typeof found) =>
    entries.map(({ stack, finding }) => danger(stack.stack, finding)).join('')
  return section('Danger', all(open)) + section('Accepted', all(accepted))
}

function danger(
  stack: string,
  { rule, severity, path, action, details, accepted }: Finding,
): string {
  const { why = '', next = '' } = rules.find(({ id }) => id === rule) ?? {}
  const note =
    accepted === undefined
      ? `<details><summary>Why, and how to go on</summary><p>${why}</p><p>${next}</p></details>`
      : `<p class="soft">accepted until ${text(accepted.until)}: ${text(accepted.because)}</p>`
  return `<div class="card row" data-stack="${text(stack)}" data-severity="${severity}"><p><span class="severity ${severity}">${severity}</span> ${code(path)} <span class="soft">${text(stack)}, ${action}, ${rule}</span></p>${list(details.map(text))}${note}</div>`
}

function consequences({ consequences: found }: Review): string {
  const items = found.map(({ producer, outputs, consumers, provisional }) => {
    const note =
      provisional.length > 0
        ? ` <strong>The plan of ${provisional.join(' and ')} is provisional.</strong>`
        : ''
    return `${text(producer)} publishes anew: ${outputs.map(code).join(', ')}. Read by ${consumers.join(', ')}.${note}`
  })
  return items.length === 0 ? '' : `<section><h2>Across stacks</h2>${list(items)}</section>`
}

function asides({ stacks, unused }: Review): string {
  const part = (title: string, items: readonly string[]) =>
    items.length === 0 ? '' : `<section><h2>${title}</h2>${list(items)}</section>`
  const each = (of: (stack: StackReview) => readonly string[]) => stacks.flatMap(of)
  return [
    part(
      'Changed outside Terraform',
      each(({ drift }) =>
        drift.map(
          ({ path, action, differences }) =>
            `${code(path)}: ${action === 'delete' ? 'is gone' : differences.map(inWords).join('; ')}`,
        ),
      ),
    ),
    part(
      'Moved',
      each(({ moves }) => moves.map(({ from, to }) => `${code(from)} → ${code(to)}`)),
    ),
    part(
      'Imported',
      each(({ imports }) => imports.map(({ address, id }) => `${code(address)} as ${code(id)}`)),
    ),
    part(
      'Destroyed and created, and much alike: renamed?',
      each(({ renames }) =>
        renames.map(({ from, to }) => code(`moved { from = ${from}, to = ${to} }`)),
      ),
    ),
    part(
      'Acceptances that nothing needs',
      unused.map(({ rule, address }) => `${rule} of ${code(address)}`),
    ),
  ].join('')
}

function costs({ stacks }: Review): string {
  const items = stacks.flatMap(({ stack, cost }) => [
    ...cost.largest.map(
      ({ path, difference }) => `${code(path)}: ${difference > 0 ? '+' : ''}${dollars(difference)}`,
    ),
    ...(cost.spotSavings > 0
      ? [
          `${text(stack)}: Spot saves ${dollars(cost.spotSavings)} a month of what the same tasks would cost on demand`,
        ]
      : []),
    ...Object.entries(cost.unpriced).map(
      ([type, count]) => `${text(stack)}: not priced: ${count} ${text(type)}`,
    ),
  ])
  if (items.length === 0) return ''
  return `<section><h2>Cost by the month</h2>${list(items)}<p class="soft">List prices of ${pricesOf.region}, ${pricesOf.date}, without traffic.</p></section>`
}

function changes({ stacks }: Review): string {
  return stacks
    .map((stack) => {
      const worst = new Map(
        stack.findings.toReversed().map(({ address, severity }) => [address, severity]),
      )
      const rows = [
        ...stack.changes.map((change) => changed(stack.stack, change, worst.get(change.address))),
        ...stack.outputs.map(({ name, action, differences }) =>
          row(stack.stack, `${action} output ${code(name)}`, differences, action === 'create', ''),
        ),
      ]
      const minor = [
        ...(stack.minor.tagsOnly > 0 ? [`${stack.minor.tagsOnly} change tags only`] : []),
        ...(stack.minor.versionOnly > 0
          ? [`${stack.minor.versionOnly} change a version only`]
          : []),
      ]
      const note = minor.length > 0 ? `<p class="soft">Not listed: ${minor.join(', ')}.</p>` : ''
      return section(`Every change: ${text(titleOf(stack))}`, rows.join('')) + note
    })
    .join('')
}

function changed(stack: string, change: ShownChange, severity = ''): string {
  const notes = [
    change.isDeposed ? 'a left-over of a replacement' : '',
    change.forcedBy.length > 0 ? `forced by ${change.forcedBy.join(', ')}` : '',
    change.reason ?? '',
  ].filter((note) => note !== '')
  const title = `${change.action} ${code(change.path)}${notes.length > 0 ? ` <span class="soft">${text(notes.join('; '))}</span>` : ''}`
  return row(stack, title, change.differences, change.action === 'create', severity)
}

function row(
  stack: string,
  title: string,
  differences: readonly Difference[],
  isNew: boolean,
  severity: string,
): string {
  const entries = differences.map(({ path, before, after }) => {
    const value = isNew
      ? code(valueInWords(after, 2000))
      : `${code(valueInWords(before, 2000))} → ${code(valueInWords(after, 2000))}`
    return `<dt>${code(path === '' ? 'value' : path)}</dt><dd>${value}</dd>`
  })
  const attributes = `class="card row" data-stack="${text(stack)}" data-severity="${severity}"`
  return entries.length === 0
    ? `<div ${attributes}>${title}</div>`
    : `<details ${attributes}><summary>${title}</summary><dl>${entries.join('')}</dl></details>`
}

function inWords({ path, before, after }: Difference): string {
  return `${code(path)}: ${code(valueInWords(before))} → ${code(valueInWords(after))}`
}
