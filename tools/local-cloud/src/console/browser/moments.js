import { answered, sumOf } from './charts.js'
import { byId, clock, count, duration, make, makeText, setText, syncChildren } from './dom.js'
import { chosenMoment, history, lastAt, shownRange } from './history.js'

const maxShown = 200
const nearSeconds = 60

/** Lists the newest entries first. Arrow keys move in the list, of which Tab reaches one. */
export function showTimeline(onChoose) {
  const { timeline } = history()
  const list = byId('timeline')
  syncChildren(list, timeline.slice(-maxShown).reverse(), {
    keyOf: entryKey,
    create: (entry) => {
      const { at, kind, text } = entry
      const button = make(
        'button',
        { type: 'button', tabIndex: -1 },
        makeText('time', clock(at)),
        makeText('span', kind, `kind ${kind.replaceAll(' ', '-')}`),
        makeText('span', text),
      )
      button.addEventListener('click', () => onChoose(entry))
      return make('li', {}, button)
    },
  })
  if (list.querySelector('[tabindex="0"]') === null) {
    const first = list.querySelector('button')
    if (first !== null) first.tabIndex = 0
  }
}

const keys = new WeakMap()
let entries = 0

/** Entries may repeat within a second. */
function entryKey(entry) {
  if (!keys.has(entry)) keys.set(entry, ++entries)
  return keys.get(entry)
}

/** Moves the focus to another entry. */
export function moveInTimeline(event) {
  const step = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: 10,
    PageUp: -10,
    Home: -maxShown,
    End: maxShown,
  }
  const by = step[event.key]
  const buttons = [...byId('timeline').querySelectorAll('button')]
  const index = buttons.indexOf(document.activeElement)
  if (by === undefined || index < 0) return
  event.preventDefault()
  const next = buttons[Math.min(Math.max(index + by, 0), buttons.length - 1)]
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1
  next.focus()
}

/** The range input, and the explanation of the moment that it chooses. */
export function showMoment({ problems }, chosenEntry) {
  const moment = chosenMoment()
  const [from, to] = shownRange()
  const range = byId('moment')
  range.min = String(from)
  range.max = String(to)
  range.value = String(moment ?? to)
  const text = moment === undefined ? `live, ${clock(to)}` : clock(moment)
  range.ariaValueText = text
  setText(byId('moment-text'), text)
  byId('live').disabled = moment === undefined
  byId('why').hidden = moment === undefined
  for (const item of byId('timeline').children) {
    const isChosen = chosenEntry !== undefined && item.dataset.key === String(entryKey(chosenEntry))
    item.firstChild.ariaCurrent = isChosen ? 'true' : null
  }
  if (moment === undefined) return
  setText(
    byId('why-title'),
    chosenEntry === undefined
      ? `Why, at ${clock(moment)}`
      : `Why, at ${clock(moment)}: ${chosenEntry.text}`,
  )
  syncChildren(byId('why-facts'), factsOf(moment, chosenEntry, problems), {
    keyOf: ([label, , index]) => `${label} ${index ?? 0}`,
    create: ([label]) => make('div', {}, makeText('dt', label), make('dd')),
    update: ({ lastChild }, [, fact]) => setText(lastChild, fact),
  })
}

/** What led to a moment: what viewers felt, the tasks, the last decision with its evidence, the market, problems near it. */
function factsOf(moment, chosenEntry, problems) {
  const { samples, requests, comparisonSamples, timeline } = history()
  const facts = []
  const felt = lastAt(requests, moment)
  const without = lastAt(
    comparisonSamples.filter(({ policy }) => policy === 'without'),
    moment,
  )
  const instead = (name, what) =>
    without === undefined ? '' : `; without Tideway ${count(sumOf(without.services, name))} ${what}`
  if (felt !== undefined) {
    const failed = Object.entries(felt.services).filter(([, each]) => each.failed > 0)
    const parts = failed.map(([name, each]) => `${name} failed ${count(each.failed)} a second`)
    const own = [`${count(answered(felt.services))} answered a second`, ...parts].join(', ')
    facts.push([
      'Requests',
      `${own}${parts.length === 0 ? ', none failed' : ''}${instead('failed', 'failed')}`,
    ])
  }
  const tasks = Object.entries(lastAt(samples, moment)?.services ?? {}).map(
    ([name, { serving, desired, spot }]) => `${name} ${serving} of ${desired}, ${spot} on Spot`,
  )
  facts.push(['Tasks', `${tasks.join('; ')}${instead('serving', 'would serve')}`])
  const before = (kind) => timeline.findLast((entry) => entry.kind === kind && entry.at <= moment)
  const ago = ({ at }) => (moment - at < 1 ? 'then' : `${duration(moment - at)} before`)
  const decision = chosenEntry?.kind === 'decision' ? chosenEntry : before('decision')
  if (decision !== undefined) {
    // The text of a decision ends with its causes, which follow one by one.
    const [change] = decision.text.split(': ')
    facts.push(['Decision', `${decision.why ? change : decision.text} (${ago(decision)})`])
  }
  const explained = chosenEntry?.why ? chosenEntry : decision
  for (const [index, { label, text }] of (explained?.why ?? []).entries()) {
    facts.push([label[0].toUpperCase() + label.slice(1), text, index])
  }
  for (const [label, kind] of [
    ['Market', 'market'],
    ['Release', 'release'],
    ['Alarm', 'alarm'],
  ]) {
    const entry = before(kind)
    if (entry !== undefined) facts.push([label, `${entry.text} (${ago(entry)})`])
  }
  const notices = timeline.filter(
    ({ kind, at }) => kind === 'notice' && at <= moment && at > moment - nearSeconds,
  )
  if (notices.length > 0)
    facts.push([
      'Notices',
      `${notices.length} in the minute before; the last: ${notices.at(-1).text}`,
    ])
  const near = problems.filter(
    (each) => moment >= each.at - nearSeconds && moment <= each.lastAt + nearSeconds,
  )
  for (const [index, { part, message }] of near.entries()) {
    facts.push(['Problem', `${part}: ${message}`, index])
  }
  return facts
}
