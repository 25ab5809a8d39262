import type { Review } from '../assemble'
import type { Difference } from '../compare'
import { pricesOf } from '../prices'
import type { Finding, ShownChange, StackReview } from '../review'
import { rules } from '../rules'
import {
  countsInWords,
  dollars,
  icons,
  isEmpty,
  plain,
  titleOf,
  valueInWords,
  worstFirst,
} from './words'

/** What GitHub takes for a comment. */
export const longestComment = 65_536

/** By this a comment is found again, to be updated in place. */
export const mark = '<!-- tideway plan review -->'

/** In code, nothing that a value holds does anything: no mention, no link, no HTML. */
function code(text: string): string {
  const shown = plain(text)
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  const pad = shown.startsWith('`') || shown.endsWith('`') || shown === '' ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

const cell = (text: string) => text.replaceAll('|', '\\|')

/** For the few places where Markdown is read as HTML. */
function html(text: string): string {
  return plain(text).replace(/[&<>"'@]/g, (character) => `&#${character.codePointAt(0)};`)
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n')
}

/**
 * The comment of a pull request. The verdict and the danger come first and whole; of the changes, as many as
 * there is room for, and a line that says what was left out.
 */
export function toMarkdown(review: Review, longest = longestComment): string {
  const head = [mark, verdict(review)]
  const danger = dangerOf(review)
  const middle = [
    consequences(review),
    acceptances(review),
    ...review.stacks.flatMap((stack) => asides(stack)),
    costs(review),
  ]
  let text = join([...head, danger, ...middle])
  if (text.length > longest - 1000) {
    // Even the dangers alone are too many: they are counted by rule.
    text = join([...head, danger.length > longest / 2 ? dangerCounted(review) : danger])
    const left = middle.filter((section) => section !== '')
    for (const section of left) {
      if (text.length + section.length < longest - 1000) text = join([text, section])
    }
  }
  const blocks = review.stacks.filter((stack) => !isEmpty(stack))
  const cut: string[] = []
  for (const stack of blocks) {
    const room = longest - text.length - 500
    const { section, left } = changesOf(stack, room)
    if (section !== '') text = join([text, section])
    if (left > 0) cut.push(`${left} of ${titleOf(stack)}`)
  }
  const note =
    cut.length > 0
      ? `**Cut to fit a comment:** the details of ${cut.map(plain).join(', ')} are not shown here. They are in \`review.html\` and \`review.json\`.`
      : ''
  const whole = `${join([text, note])}\n`
  return whole.length <= longest
    ? whole
    : `${whole.slice(0, longest - 200)}\n\n**Cut to fit a comment.** The rest is in \`review.html\`.\n`
}

function join(sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join('\n\n')
}

function verdict(review: Review): string {
  const busy = review.stacks.filter((stack) => !isEmpty(stack))
  const idle = review.stacks.filter(isEmpty)
  const title =
    review.failures.length > 0
      ? '## Plan review: **stop**'
      : busy.length === 0
        ? '## Plan review: no changes'
        : '## Plan review'
  const rows = busy.map((stack) => [
    titleOf(stack) === stack.stack ? plain(stack.stack) : plain(titleOf(stack)),
    countsInWords(stack.counts),
    stack.highest === undefined ? 'none' : `${icons[stack.highest]} ${stack.highest}`,
    stack.cost.before === stack.cost.after
      ? dollars(stack.cost.after)
      : `${dollars(stack.cost.before)} → ${dollars(stack.cost.after)}`,
    stack.owners.length === 0 ? '-' : stack.owners.map(code).join(' '),
  ])
  return join([
    title,
    review.failures.map((failure) => `- ${plain(failure)}`).join('\n'),
    busy.length > 0
      ? table(['stack', 'changes', 'worst risk', 'a month', 'must approve'], rows)
      : '',
    idle.length > 0 ? `No changes: ${idle.map((stack) => plain(titleOf(stack))).join(', ')}.` : '',
    review.stacks
      .filter(({ isOnFixtures }) => isOnFixtures)
      .map(
        (stack) =>
          `> **${plain(titleOf(stack))} was planned on samples**: what it reads is not deployed yet. This plan cannot be deployed.`,
      )
      .join('\n'),
    review.stacks
      .flatMap((stack) =>
        [...stack.warnings, ...stack.failedChecks.map((check) => `a check fails: ${check}`)].map(
          (warning) => `> **${plain(titleOf(stack))}:** ${plain(warning)}`,
        ),
      )
      .join('\n'),
  ])
}

function openOf(stack: StackReview): readonly Finding[] {
  return stack.findings.filter(({ accepted }) => accepted === undefined)
}

function dangerOf(review: Review): string {
  const lines = worstFirst(review.stacks).filter(({ finding }) => finding.accepted === undefined)
  if (lines.length === 0) return ''
  const used = new Set(lines.map(({ finding }) => finding.rule))
  const body = lines.map(
    ({ stack, finding }) =>
      `- ${icons[finding.severity]} **${finding.severity}** ${code(finding.path)} (${plain(stack.stack)}, ${finding.action}): ${finding.details.map(code).join('; ')} · ${finding.rule}`,
  )
  const why = rules
    .filter(({ id }) => used.has(id))
    .map(({ id, why: reason, next }) => `- **${id}**: ${reason} ${next}`)
  return join([
    '### Danger',
    body.join('\n'),
    `<details><summary>Why, and how to go on</summary>\n\n${why.join('\n')}\n\n</details>`,
  ])
}

function dangerCounted(review: Review): string {
  const rows = rules.flatMap(({ id, severity, why }) => {
    const found = review.stacks.flatMap((stack) => openOf(stack).filter(({ rule }) => rule === id))
    return found.length === 0
      ? []
      : [[`${icons[severity]} ${severity}`, id, `${found.length}`, code(found[0]?.path ?? ''), why]]
  })
  return join([
    '### Danger',
    'There are too many findings for a comment. By rule, each with one example; all of them are in `review.html`.',
    table(['severity', 'rule', 'findings', 'such as', 'why'], rows),
  ])
}

function consequences({ consequences: found }: Review): string {
  if (found.length === 0) return ''
  const lines = found.map(({ producer, outputs, consumers, provisional }) => {
    const names =
      outputs.slice(0, 12).map(code).join(', ') +
      (outputs.length > 12 ? ` and ${outputs.length - 12} more` : '')
    const note =
      provisional.length > 0
        ? ` **The plan of ${provisional.join(' and ')} is provisional**: it was made on what these are now.`
        : ''
    return `- ${plain(producer)} publishes anew: ${names}. Read by ${consumers.join(', ')}.${note}`
  })
  return join(['### Across stacks', lines.join('\n')])
}

function acceptances(review: Review): string {
  const accepted = review.stacks.flatMap((stack) =>
    stack.findings.filter((finding) => finding.accepted !== undefined),
  )
  const lines = [
    ...accepted.map(
      ({ rule, path, accepted: entry }) =>
        `- accepted until ${entry?.until}: ${rule} of ${code(path)}: ${code(entry?.because ?? '')}`,
    ),
    ...review.unused.map(
      ({ rule, address, until }) =>
        `- not needed (until ${until}): ${rule} of ${code(address)}. Take it out.`,
    ),
  ]
  return lines.length === 0 ? '' : join(['### Accepted', lines.join('\n')])
}

/** What is no change of this plan's own, or none that anything comes of. */
function asides(stack: StackReview): string[] {
  const list = (title: string, lines: readonly string[], most = 20) => {
    if (lines.length === 0) return ''
    const shown = lines.slice(0, most)
    const more = lines.length > most ? `\n- and ${lines.length - most} more` : ''
    return `### ${title}: ${plain(titleOf(stack))}\n\n${shown.join('\n')}${more}`
  }
  return [
    list(
      'Changed outside Terraform',
      stack.drift.map(
        (change) =>
          `- ${code(change.path)}: ${change.action === 'delete' ? 'is gone' : change.differences.slice(0, 5).map(inWords).join('; ')}`,
      ),
    ),
    list(
      'Moved',
      stack.moves.map(({ from, to }) => `- ${code(from)} → ${code(to)}`),
    ),
    list(
      'Imported',
      stack.imports.map(({ address, id }) => `- ${code(address)} as ${code(id)}`),
    ),
    stack.renames.length === 0
      ? ''
      : list(
          'Destroyed and created, and much alike: renamed?',
          stack.renames.map(({ from, to }) => `- ${code(`moved { from = ${from}, to = ${to} }`)}`),
        ),
  ]
}

function costs(review: Review): string {
  const lines = review.stacks.flatMap(({ cost, stack }) => {
    const missing = Object.entries(cost.unpriced).map(([type, count]) => `${count} ${type}`)
    return [
      ...cost.largest.map(
        ({ path, difference }) =>
          `- ${code(path)}: ${difference > 0 ? '+' : ''}${dollars(difference)}`,
      ),
      ...(cost.spotSavings > 0
        ? [
            `- ${plain(stack)}: Spot saves ${dollars(cost.spotSavings)} a month of what the same tasks would cost on demand`,
          ]
        : []),
      ...(missing.length > 0
        ? [`- ${plain(stack)}: not priced: ${missing.map(plain).join(', ')}`]
        : []),
    ]
  })
  if (lines.length === 0) return ''
  return `<details><summary>Cost by the month</summary>\n\n${lines.join('\n')}\n\nList prices of ${pricesOf.region}, ${pricesOf.date}, without traffic.\n\n</details>`
}

function changesOf(stack: StackReview, room: number): { section: string; left: number } {
  const minor = [
    ...(stack.minor.tagsOnly > 0 ? [`${stack.minor.tagsOnly} change tags only`] : []),
    ...(stack.minor.versionOnly > 0 ? [`${stack.minor.versionOnly} change a version only`] : []),
  ]
  const start = `<details><summary>${html(titleOf(stack))}: every change</summary>\n`
  const end = `\n${minor.length > 0 ? `\nNot listed: ${minor.join(', ')}.\n` : ''}\n</details>`
  const parts = [...stack.changes.map(changeInWords), ...outputsInWords(stack)]
  let body = ''
  let shown = 0
  for (const part of parts) {
    if (start.length + body.length + part.length + end.length > room) break
    body += `\n${part}`
    shown++
  }
  return {
    section: shown === 0 && minor.length === 0 ? '' : `${start}${body}${end}`,
    left: parts.length - shown,
  }
}

const signs = {
  create: '+',
  update: '~',
  replace: '±',
  delete: '-',
  forget: '⊘',
  read: '<',
  'no-op': ' ',
} as const

function changeInWords({
  action,
  path,
  forcedBy,
  reason,
  differences,
  isDeposed,
}: ShownChange): string {
  const note = [
    isDeposed ? 'a left-over of a replacement' : '',
    forcedBy.length > 0 ? `forced by ${forcedBy.join(', ')}` : '',
    reason ?? '',
  ]
    .filter(Boolean)
    .join('; ')
  const most = action === 'create' ? 12 : 40
  const lines = differences
    .slice(0, most)
    .map((difference) => `  - ${action === 'create' ? created(difference) : inWords(difference)}`)
  const more =
    differences.length > most ? [`  - and ${differences.length - most} more attributes`] : []
  return [
    `- \`${signs[action]}\` ${action} ${code(path)}${note === '' ? '' : ` (${code(note)})`}`,
    ...lines,
    ...more,
  ].join('\n')
}

function outputsInWords({ outputs }: StackReview): string[] {
  return outputs.map(({ name, action, differences }) =>
    [
      `- output ${code(name)}: ${action}`,
      ...differences.slice(0, 10).map((difference) => `  - ${inWords(difference)}`),
    ].join('\n'),
  )
}

function created({ path, after }: Difference): string {
  return `${code(path === '' ? 'value' : path)}: ${code(valueInWords(after))}`
}

function inWords({ path, before, after }: Difference): string {
  return `${code(path === '' ? 'value' : path)}: ${code(valueInWords(before))} → ${code(valueInWords(after))}`
}
