/** What the page remembers: as much as its charts show. */
export const shownSeconds = 7200
const kinds = ['samples', 'requests', 'comparisonSamples', 'marks', 'timeline']
const maxEntries = 2000

/** Between two marks. */
const markSeconds = 10

/** The samples so far, and marks: what is known only at each update. */
let live = emptyHistory()
/** A copy, while the page shows a moment: at 300 times real time, it would be gone within seconds. */
let frozen
let moment

function emptyHistory() {
  return Object.fromEntries(kinds.map((kind) => [kind, []]))
}

export function resetHistory() {
  live = emptyHistory()
  selectMoment(undefined)
}

/** Adds an update, and forgets what the charts no longer show. */
export function addToHistory(update) {
  const from = update.at - shownSeconds
  const { at, samples, requests, comparisonSamples, timeline, comparison } = update
  const isMark = at >= (live.marks.at(-1)?.at ?? Number.NEGATIVE_INFINITY) + markSeconds
  const marks = isMark ? [{ at, comparison }] : []
  const added = { samples, requests, comparisonSamples, timeline, marks }
  for (const kind of kinds) {
    const items = live[kind].concat(added[kind])
    const first = items.findIndex(({ at }) => at >= from)
    live[kind] = first > 0 ? items.slice(first) : first === 0 ? items : []
  }
  live.timeline = live.timeline.slice(-maxEntries)
}

export const history = () => frozen ?? live

/** The chosen moment in seconds. Undefined: live. */
export const chosenMoment = () => moment

export function selectMoment(seconds) {
  frozen = seconds === undefined ? undefined : (frozen ?? { ...live })
  if (seconds === undefined) moment = undefined
  else {
    const [from, to] = shownRange()
    moment = Math.min(Math.max(seconds, from), to)
  }
}

/** The first and the last moment that charts show. */
export function shownRange() {
  const { samples } = history()
  return [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0]
}

/** The last of the items that is not after the moment. */
export function lastAt(items, seconds) {
  return items.findLast(({ at }) => at <= seconds)
}
