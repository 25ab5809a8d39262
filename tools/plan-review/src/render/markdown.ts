import type { Review } from '../assemble'
import type { OutputChange, ShownChange, StackReview } from '../review'
import { countIn, groupsOf } from './groups'
import {
  acceptedOf,
  consequencesOf,
  costsOf,
  type Decisions,
  type Detail,
  decisionsOf,
  differenceIn,
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
import { clip, countOf, firstOf, isEmpty, listed, plain, titleOf } from './words'

/**
 * GitHub accepts 65,536 Unicode characters in a pull request and 262,144 bytes in a comment. A JavaScript string of this
 * length is below both.
 */
export const maxCommentLength = 65_536

/** Identifies the comment, so that the next review replaces it. */
export const mark = '<!-- tideway plan review -->'

const icons = { critical: '🟥', high: '🟧', medium: '🟨', low: '🟦' } as const

/** The longest text of a plan that the comment shows in one place. */
const maxText = 400

/**
 * Nothing in code has an effect on GitHub: no mention, link, reference, image or HTML. So every text of a plan is code, also
 * where that is not needed.
 */
function code(text: string): string {
  const shown = clip(plain(text), maxText)
  const ticks = [...shown.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = '`'.repeat(Math.max(0, ...ticks) + 1)
  const pad = /^`|`$|^ .* $|^ *$/.test(shown) ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

/** Code in an HTML block. There GitHub still links mentions and references, but not those in code. */
function htmlCode(text: string): string {
  const escaped = clip(plain(text), maxText).replace(
    /[&<>"'@#]/g,
    (character) => `&#${character.codePointAt(0)};`,
  )
  return `<code>${escaped}</code>`
}

const format: Format = {
  text: code,
  code,
  strong: (value) => `**${value}**`,
  severity: (severity) => `${icons[severity]} ${severity}`,
  maxListed: 12,
}

const items = (lines: readonly string[], max: number) =>
  listed(lines, max)
    .map((line) => `- ${line}`)
    .join('\n')

/** @param title without text of the plan */
const folded = (title: string, body: string) =>
  `<details><summary>${title}</summary>\n\n${body}\n\n</details>`

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cellOf).join(' | ')} |`)
    .join('\n')
}

/** Parsers disagree on a pipe after a backslash: is the pipe escaped, or the backslash? */
function cellOf(text: string): string {
  return text.replace(/(\\*)\|/g, (_, slashes: string) =>
    slashes === '' ? '\\|' : `${slashes}\\u007c`,
  )
}

/** How much the list of all findings shows, for the first version that fits. */
const findingSizes: readonly Detail[] = [
  { causes: 1000, details: 100, addresses: 1000 },
  { causes: 100, details: 20, addresses: 20 },
  { causes: 20, details: 3, addresses: 3 },
  { causes: 1, details: 1, addresses: 1 },
]

/**
 * The comment of a pull request. It opens with what needs a decision, then folds the rest. A section that does not fit is
 * shortened or left out as a whole, and a line counts those.
 */
export function toMarkdown(review: Review, maxLength = maxCommentLength): string {
  // The last line needs the rest.
  const limit = maxLength - 500
  const busy = review.stacks.filter((stack) => !isEmpty(stack))
  let text = mark
  const cut: string[] = []
  /** Adds the first version that fits. */
  const add = (name: string, versions: Iterable<string>, room = limit - text.length) => {
    for (const version of versions) {
      if (version === '') return
      if (version.length + 2 <= room) {
        text += `\n\n${version}`
        return
      }
    }
    cut.push(name)
  }
  const addList = (name: string, lines: readonly string[]) => {
    if (lines.length > 0) add(name, [items(lines, 5), items(lines, 1)])
  }
  const addFolded = (name: string, lines: readonly string[], note = '') => {
    const version = (max: number) =>
      folded(`${name} (${lines.length})`, `${items(lines, max)}${note}`)
    if (lines.length > 0) add(name, [version(20), version(3)])
  }

  add('the verdict', [title(review)])
  const failures = review.failures.map(code)
  if (failures.length > 0) add('the reasons', [firstOf(failures, 4), firstOf(failures, 1)])
  if (busy.length > 0) add('the summary', [summaryOf(review, format)])
  addList('the notes', notesOf(review, format))
  const { decisions, all } = findings(review.stacks)
  add('the findings', decisions)
  if (busy.length > 0) add('the table of stacks', [stacks(review, 20), stacks(review, 3)])
  // The changes need room, too.
  add('the list of all findings', all, (limit - text.length) / 2)
  addFolded('Across stacks', consequencesOf(review, format))
  addFolded('Accepted', [...acceptedOf(review, format), ...unusedOf(review, format)])
  for (const { title: name, lines } of sideSectionsOf(review, format)) addFolded(name, lines)
  addFolded('Monthly cost', costsOf(review, format), `\n\n${priceNote}`)
  let left = 0
  for (const stack of busy) {
    const changes = changesOf(stack, limit - text.length - 2)
    if (changes.section !== '') text += `\n\n${changes.section}`
    left += changes.left
  }
  if (left > 0) cut.push(`the details of ${countOf(left, 'change')}`)
  const note = `**Shortened to fit a comment.** Not shown: ${firstOf(cut, 5)}. \`review.html\` and \`review.json\` have everything.`
  return `${cut.length > 0 ? `${text}\n\n${note}` : text}\n`
}

function title(review: Review): string {
  const idle = review.stacks.filter(isEmpty).map((stack) => code(titleOf(stack)))
  const isIdle = idle.length > 0 && idle.length === review.stacks.length
  return `## ${verdictOf(review)}${isIdle ? ` in ${firstOf(idle, 4)}` : ''}`
}

/** What to decide first, and below it all findings, unless the first list has all of them. */
function findings(stacks: readonly StackReview[]): { decisions: string[]; all: Iterable<string> } {
  const groups = groupsOf(stacks)
  if (groups.length === 0) return { decisions: [''], all: [''] }
  const listOf = (shown: Decisions['shown']) =>
    shown
      .map(({ group, detail }) => groupLines(group, format, detail))
      .map(({ title, lines }) => [`- ${title}`, ...lines.map((line) => `  - ${line}`)].join('\n'))
      .join('\n')
  const decisions = [5, 2, 1].map((max) => {
    const { shown, more } = decisionsOf(groups, max)
    return `### Decide first\n\n${listOf(shown)}${more === '' ? '' : `\n- ${more}`}`
  })
  function* all() {
    for (const detail of findingSizes) {
      const list = listOf(groups.map((group) => ({ group, detail })))
      yield decisions[0]?.endsWith(list) ? '' : folded(`All findings (${countIn(groups)})`, list)
    }
  }
  return { decisions, all: all() }
}

/** One row for each stack that changes, the worst first. */
function stacks(review: Review, max: number): string {
  const busy = review.stacks.filter((stack) => !isEmpty(stack))
  const idle = review.stacks.filter(isEmpty).map((stack) => code(titleOf(stack)))
  const rows = busy.slice(0, max).map((stack) => verdictRow(stack, format))
  const more = busy.length - rows.length
  return [
    table(verdictColumns, rows),
    ...(more > 0 ? [`and ${countOf(more, 'more stack')}`] : []),
    ...(idle.length > 0 ? [`No changes: ${firstOf(idle, max)}.`] : []),
  ].join('\n\n')
}

function changesOf(stack: StackReview, room: number): { section: string; left: number } {
  const unlisted = unlistedOf(stack)
  const start = `<details><summary>Every change of ${htmlCode(titleOf(stack))}</summary>\n`
  const end = `\n${unlisted === '' ? '' : `\n${unlisted}\n`}\n</details>`
  const parts = [...stack.changes, ...stack.outputs]
  let body = ''
  let shown = 0
  for (const part of parts) {
    const text = 'name' in part ? output(part) : change(part)
    if (start.length + body.length + text.length + 1 + end.length > room) break
    body += `\n${text}`
    shown++
  }
  const fits = start.length + end.length <= room
  return {
    section: fits && (shown > 0 || unlisted !== '') ? `${start}${body}${end}` : '',
    left: parts.length - shown,
  }
}

const symbols = {
  create: '+',
  update: '~',
  replace: '±',
  delete: '-',
  forget: '⊘',
  read: '<',
  unknown: '?',
  'no-op': ' ',
} as const

function change(shown: ShownChange): string {
  const { action, path, differences } = shown
  const note = noteOf(shown)
  const isNew = action === 'create'
  const max = isNew ? 12 : 40
  const more = differences.length - max
  return [
    `- \`${symbols[action]}\` ${action} ${code(path)}${note === '' ? '' : ` (${code(note)})`}`,
    ...differences.slice(0, max).map((each) => `  - ${differenceIn(each, format, isNew)}`),
    ...(more > 0 ? [`  - and ${more} more attributes`] : []),
  ].join('\n')
}

function output({ name, action, differences }: OutputChange): string {
  return [
    `- output ${code(name)}: ${action}`,
    ...differences.slice(0, 10).map((difference) => `  - ${differenceIn(difference, format)}`),
  ].join('\n')
}
