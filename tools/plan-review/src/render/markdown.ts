import type { Review } from '../assemble'
import type { Finding, OutputChange, ShownChange, StackReview } from '../review'
import { rules } from '../rules'
import {
  consequencesOf,
  costsOf,
  differenceIn,
  type Format,
  noteOf,
  notesOf,
  priceNote,
  type Section,
  sideSectionsOf,
  unlistedOf,
  unusedOf,
  verdictColumns,
  verdictOf,
  verdictRow,
} from './sections'
import { isEmpty, plain, titleOf, worstFirst } from './words'

/** The limit of GitHub for one comment. */
export const maxCommentLength = 65_536

/** Identifies the comment, so that the next review replaces it. */
export const mark = '<!-- tideway plan review -->'

const icons = { critical: '🟥', high: '🟧', medium: '🟨', low: '🟦' } as const

/** Nothing in code has an effect: no mention, no link, no HTML. */
function code(text: string): string {
  const shown = plain(text)
  const ticks = [...shown.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = '`'.repeat(ticks.reduce((max, length) => Math.max(max, length), 0) + 1)
  const pad = shown.startsWith('`') || shown.endsWith('`') || shown === '' ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

const format: Format = {
  text: plain,
  code,
  strong: (value) => `**${value}**`,
  severity: (severity) => `${icons[severity]} ${severity}`,
  maxListed: 12,
}

/** Escapes text for the few places where Markdown contains HTML. */
function html(text: string): string {
  return plain(text).replace(/[&<>"'@]/g, (character) => `&#${character.codePointAt(0)};`)
}

const items = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n')

const join = (sections: readonly string[]) =>
  sections.filter((section) => section !== '').join('\n\n')

const folded = (summary: string, body: string) =>
  `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}

/**
 * The comment of a pull request. The verdict and the findings come first and are never cut. The changes fill the
 * remaining space, and a line counts those that were cut.
 */
export function toMarkdown(review: Review, maxLength = maxCommentLength): string {
  const head = [mark, verdict(review)]
  const findings = openFindings(review)
  const middle = [
    list('Across stacks', consequencesOf(review, format)),
    list('Accepted', acceptances(review)),
    ...review.stacks.flatMap((stack) =>
      sideSectionsOf(stack, format).map((each) => sideSection(stack, each)),
    ),
    costs(review),
  ]
  let text = join([...head, findings, ...middle])
  if (text.length > maxLength - 1000) {
    text = join([...head, findings.length > maxLength / 2 ? findingsByRule(review) : findings])
    for (const section of middle) {
      if (text.length + section.length < maxLength - 1000) text = join([text, section])
    }
  }
  const cut: string[] = []
  for (const stack of review.stacks.filter((each) => !isEmpty(each))) {
    const { section, left } = changesOf(stack, maxLength - text.length - 500)
    text = join([text, section])
    if (left > 0) cut.push(plain(`${left} of ${titleOf(stack)}`))
  }
  const note =
    cut.length > 0
      ? `**Shortened to fit a comment:** the details of ${cut.join(', ')} are not shown here. They are in \`review.html\` and \`review.json\`.`
      : ''
  const comment = `${join([text, note])}\n`
  return comment.length <= maxLength
    ? comment
    : `${comment.slice(0, maxLength - 200)}\n\n**Shortened to fit a comment.** The rest is in \`review.html\`.\n`
}

function verdict(review: Review): string {
  const busy = review.stacks.filter((stack) => !isEmpty(stack))
  const idle = review.stacks.filter(isEmpty).map((stack) => plain(titleOf(stack)))
  const rows = busy.map((stack) => verdictRow(stack, format))
  return join([
    `## ${verdictOf(review)}`,
    items(review.failures.map(plain)),
    busy.length > 0 ? table(verdictColumns, rows) : '',
    idle.length > 0 ? `No changes: ${idle.join(', ')}.` : '',
    notesOf(review, format)
      .map((note) => `> ${note}`)
      .join('\n'),
  ])
}

const isOpen = ({ accepted }: Finding) => accepted === undefined

function openFindings(review: Review): string {
  const found = worstFirst(review.stacks).filter(({ finding }) => isOpen(finding))
  const used = new Set(found.map(({ finding }) => finding.rule))
  const lines = found.map(
    ({ stack, finding: { severity, path, action, details, rule } }) =>
      `${icons[severity]} **${severity}** ${code(path)} (${plain(stack.stack)}, ${action}): ${details.map(code).join('; ')} · ${rule}`,
  )
  const why = rules
    .filter(({ id }) => used.has(id))
    .map(({ id, why: reason, next }) => `**${id}**: ${reason} ${next}`)
  return found.length === 0
    ? ''
    : join(['### Findings', items(lines), folded('Why it matters, and what to do', items(why))])
}

function findingsByRule({ stacks }: Review): string {
  const open = stacks.flatMap(({ findings }) => findings.filter(isOpen))
  const rows = rules.flatMap(({ id, severity, why }) => {
    const found = open.filter(({ rule }) => rule === id)
    const [example] = found
    return example === undefined
      ? []
      : [[format.severity(severity), id, `${found.length}`, code(example.path), why]]
  })
  return join([
    '### Findings',
    'A comment has no room for all findings. Each rule is shown with one example; `review.html` has all of them.',
    table(['severity', 'rule', 'findings', 'example', 'why'], rows),
  ])
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : join([`### ${title}`, items(lines)])
}

function sideSection(stack: StackReview, { title, lines }: Section): string {
  const more = lines.length > 20 ? [`and ${lines.length - 20} more`] : []
  return list(`${title}: ${plain(titleOf(stack))}`, [...lines.slice(0, 20), ...more])
}

function acceptances(review: Review): string[] {
  const accepted = review.stacks.flatMap(({ findings }) =>
    findings.flatMap(({ rule, path, accepted: entry }) =>
      entry === undefined
        ? []
        : [`accepted until ${entry.until}: ${rule} of ${code(path)}: ${code(entry.because)}`],
    ),
  )
  return [...accepted, ...unusedOf(review, format)]
}

function costs(review: Review): string {
  const lines = costsOf(review, format)
  return lines.length === 0 ? '' : folded('Monthly cost', `${items(lines)}\n\n${priceNote}`)
}

function changesOf(stack: StackReview, room: number): { section: string; left: number } {
  const unlisted = unlistedOf(stack)
  const start = `<details><summary>${html(titleOf(stack))}: every change</summary>\n`
  const end = `\n${unlisted === '' ? '' : `\n${unlisted}\n`}\n</details>`
  const parts = [...stack.changes.map(change), ...stack.outputs.map(output)]
  let body = ''
  let shown = 0
  for (const part of parts) {
    if (start.length + body.length + part.length + end.length > room) break
    body += `\n${part}`
    shown++
  }
  return {
    section: shown === 0 && unlisted === '' ? '' : `${start}${body}${end}`,
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
