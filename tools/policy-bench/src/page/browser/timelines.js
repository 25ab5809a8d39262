import { byId, clock, duration, make, makeText } from '@tideway/local-cloud/dom.js'
import { caseText, comparison, failedText, indexed, makeSelect } from './choices.js'

const packed = JSON.parse(byId('packed-timelines').textContent)
const usualPolicies = ['ecs-only', 'base-50', 'reactive', 'tideway', 'all-on-demand']
const timeline = {
  scenario: comparison.scenarios.findIndex(({ hours }) => hours !== undefined),
  combination: 1,
  policies: new Set(),
  /** All timelines of the scenario, by policy and case. */
  entries: [],
  from: 0,
  to: 1,
  moment: 0,
}
const timelineCharts = []
const selects = {}

export function startTimelines() {
  const { scenarios, combinations, policies } = comparison
  const own = indexed(scenarios).filter(([index]) => scenarios[index].hours !== undefined)
  selects.scenario = makeSelect('Scenario', own, (value) => chooseScenario(Number(value)))
  const cases = indexed(combinations, caseText)
  selects.combination = makeSelect('Case', cases, (value) => {
    timeline.combination = Number(value)
    drawTimelines()
  })
  byId('timeline-choices').append(selects.scenario.element, selects.combination.element)
  const usual = policies.filter(({ name }) => usualPolicies.includes(name))
  for (const [index, policy] of policies.entries()) {
    if (usual.length === 0 || usual.includes(policy)) timeline.policies.add(index)
  }
  byId('timeline-policies').append(
    ...policies.map(({ name, description }, index) =>
      make(
        'label',
        { title: description },
        make('input', {
          type: 'checkbox',
          value: String(index),
          checked: timeline.policies.has(index),
          onchange: ({ target }) => {
            timeline.policies[target.checked ? 'add' : 'delete'](index)
            drawTimelines()
          },
        }),
        name,
      ),
    ),
  )
  startTime()
  return chooseScenario(timeline.scenario)
}

/** Shows a row of the table. */
export async function showTimeline({ scenario, policy, combination }) {
  timeline.combination = combination
  timeline.policies.add(policy)
  byId('timeline-policies').querySelector(`input[value="${policy}"]`).checked = true
  await chooseScenario(scenario)
  const chart = byId(`timeline-${policy}`)
  chart.scrollIntoView({ block: 'center' })
  chart.focus({ preventScroll: true })
}

async function chooseScenario(index) {
  const { name, hours } = comparison.scenarios[index]
  const entries = (await unpacked(packed[name])).map(decoded)
  Object.assign(timeline, { scenario: index, entries, from: 0, to: hours * 3600 })
  timeline.moment = firstDrought()
  drawTimelines()
}

/** The browser's own decompression: nothing is loaded. */
function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Response(stream).json()
}

/** Where the capacity of Spot first is below its maximum: something to look at. */
function firstDrought() {
  const { capacity } = comparison.scenarios[timeline.scenario]
  return capacity[2] ?? 0
}

/** A calm scenario is the same in all cases, and has the timelines of one. */
function timelineOf(policy) {
  const own = timeline.entries.filter((entry) => entry.policy === policy)
  return own.find(({ combination }) => combination === timeline.combination) ?? own[0]
}

/** With the steps and the failed requests a second as [[second, values...], ...]. */
function decoded({ steps, failed, cellSeconds, ...entry }) {
  const failures = changesOf(failed, 2, cellSeconds).map(([at, tenths]) => [at, tenths / 10])
  return { ...entry, cellSeconds, steps: changesOf(steps, 4, cellSeconds), failed: failures }
}

function changesOf(flat, width, cellSeconds) {
  const changes = []
  let cell = 0
  for (let index = 0; index < flat.length; index += width) {
    cell += flat[index]
    changes.push([cell * cellSeconds, ...flat.slice(index + 1, index + width)])
  }
  return changes
}

/** [second, value, ...] as [[second, value], ...] */
const pairsOf = (flat) =>
  Array.from({ length: flat.length / 2 }, (_, index) => flat.slice(2 * index, 2 * index + 2))

/** The values of the last change until a second. */
function valuesAt(changes, second) {
  let [low, high] = [0, changes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (changes[middle][0] <= second) low = middle + 1
    else high = middle
  }
  return changes[low - 1]?.slice(1)
}

export function drawTimelines() {
  for (const chart of timelineCharts) chart.destroy()
  timelineCharts.length = 0
  const { scenario, combination } = timeline
  const { name, description, hours, capacity } = comparison.scenarios[scenario]
  selects.scenario.select.value = String(scenario)
  selects.combination.select.value = String(combination)
  const pools = pairsOf(capacity)
  const shown = [...timeline.policies]
    .sort((one, other) => one - other)
    .map(timelineOf)
    .filter((entry) => entry !== undefined)
  const cell = shown[0]?.cellSeconds ?? 1
  byId('timeline-description').textContent =
    `${name}: ${description} The application ${caseText(comparison.combinations[combination])}. ${duration(hours * 3600)}; a chart shows the moment of each ${duration(cell)} in which the fewest tasks serve.`
  const tops = {
    tasks:
      1 +
      Math.max(
        ...shown.flatMap(({ steps }) =>
          steps.map(([, ...tasks]) => Math.max(tasks[0], tasks[1] + tasks[2])),
        ),
      ),
    failed: Math.max(1, ...shown.flatMap(({ failed }) => failed.map(([, perSecond]) => perSecond))),
  }
  byId('timeline-charts').replaceChildren(...shown.map(figureOf))
  const color = themeColors()
  for (const each of shown) drawFigure(each, { pools, tops, color, end: hours * 3600 })
  showTime()
}

function figureOf({ policy }) {
  const { name, kind, description } = comparison.policies[policy]
  const { scenario, combination } = timeline
  const row = comparison.rows.find(
    (each) =>
      each.scenario === scenario && each.combination === combination && each.policy === policy,
  )
  const title = make('h3', { id: `timeline-${policy}`, textContent: name, tabIndex: -1 })
  const result = `${failedText(row.failed)} failed per million, cost ${row.cost.toFixed(3)}, longest shortfall ${row.shortfall.toLocaleString('en-US')} s`
  const chart = (id, label) => {
    const element = make('div', { id, className: 'chart' })
    element.setAttribute('role', 'img')
    element.setAttribute('aria-label', `${label} with ${name}: ${result}`)
    return element
  }
  return make(
    'article',
    { className: `card ${kind}` },
    title,
    makeText('p', description, 'soft'),
    makeText('p', result),
    make('p', { id: `moment-${policy}`, className: 'readout' }),
    makeText('p', 'tasks', 'axis soft'),
    chart(`tasks-${policy}`, 'Tasks'),
    makeText('p', 'failed requests a second', 'axis soft'),
    chart(`failed-${policy}`, 'Failed requests a second'),
  )
}

function drawFigure({ policy, steps, failed }, { pools, tops, color, end }) {
  const times = [...new Set([...steps, ...pools].map(([at]) => at).concat(end))].sort(
    (one, other) => one - other,
  )
  const at = (changes, index) => times.map((second) => valuesAt(changes, second)?.[index] ?? null)
  const [needed, spot, onDemand] = [0, 1, 2].map((index) => at(steps, index))
  const capacity = at(pools, 0).map((tasks) =>
    tasks === null ? null : Math.min(tasks, tops.tasks),
  )
  const all = spot.map((tasks, index) => tasks + onDemand[index])
  const tasks = {
    ...timeChart(color, 150, tops.tasks),
    series: [
      {},
      stepped(color, 'high', { fill: `${color('high')}55` }),
      stepped(color, 'plus', { fill: `${color('plus')}66` }),
      stepped(color, 'ink', { dash: [5, 4] }),
      stepped(color, 'low', { width: 1 }),
    ],
  }
  tasks.hooks.drawClear = [(chart) => shadeShortages(chart, times, capacity, needed, color)]
  addChart(`tasks-${policy}`, tasks, [times, all, spot, needed, capacity])
  const failures = [[0, 0], ...failed, [end, failed.at(-1)?.[1] ?? 0]]
  addChart(
    `failed-${policy}`,
    {
      ...timeChart(color, 90, tops.failed * 1.05),
      series: [{}, stepped(color, 'critical', { fill: `${color('critical')}66` })],
    },
    [failures.map(([second]) => second), failures.map(([, perSecond]) => perSecond)],
  )
}

function themeColors() {
  const css = getComputedStyle(document.documentElement)
  return (name) => css.getPropertyValue(`--${name}`).trim()
}

const stepped = (color, name, rest) => ({
  stroke: color(name),
  width: 1.5,
  points: { show: false },
  paths: uPlot.paths.stepped({ align: 1 }),
  ...rest,
})

function timeChart(color, height, top) {
  const axis = {
    stroke: color('soft'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const incrs = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400]
  return {
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      sync: { key: 'timelines' },
    },
    scales: {
      x: { time: false, range: () => [timeline.from, timeline.to] },
      y: { range: () => [0, top] },
    },
    axes: [
      { ...axis, size: 26, space: 80, incrs, values: (_, values) => values.map(clockOf) },
      { ...axis, size: 52, space: 26 },
    ],
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width } = chart.select
          if (width > 3) setView(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'))
        },
      ],
      setCursor: [
        (chart) => {
          // The charts that follow another report too, with the same time.
          if (chart.cursor.event && chart.cursor.left >= 0) {
            setMoment(chart.posToVal(chart.cursor.left, 'x'))
          }
        },
      ],
    },
  }
}

/** 90,000 s as 25:00, with seconds where they matter. */
function clockOf(seconds) {
  const text = clockFull(seconds)
  return timeline.to - timeline.from > 1800 ? text.slice(0, -3) : text
}

function addChart(id, options, data) {
  const element = byId(id)
  const chart = new uPlot({ ...options, width: element.clientWidth }, data, element)
  chart.over.addEventListener('dblclick', showWhole)
  timelineCharts.push(chart)
}

function shadeShortages(chart, times, capacity, needed, color) {
  const { ctx, bbox } = chart
  const left = (second) =>
    Math.min(Math.max(chart.valToPos(second, 'x', true), bbox.left), bbox.left + bbox.width)
  ctx.save()
  ctx.fillStyle = `${color('high')}26`
  for (const [index, second] of times.slice(0, -1).entries()) {
    if (capacity[index] === null || capacity[index] >= needed[index]) continue
    const from = left(second)
    ctx.fillRect(from, bbox.top, left(times[index + 1]) - from, bbox.height)
  }
  ctx.restore()
}

const wholeSeconds = () => comparison.scenarios[timeline.scenario].hours * 3600
const showWhole = () => setView(0, wholeSeconds())

/** The same part of the time in all charts. */
function setView(from, to) {
  const seconds = Math.min(Math.max(60, to - from), wholeSeconds())
  const start = Math.min(Math.max(0, from), wholeSeconds() - seconds)
  Object.assign(timeline, { from: start, to: start + seconds })
  for (const chart of timelineCharts) {
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
    chart.setScale('x', { min: timeline.from, max: timeline.to })
  }
  showTime()
}

function zoom(factor) {
  const { from, to, moment } = timeline
  const center = moment >= from && moment <= to ? moment : (from + to) / 2
  const half = ((to - from) * factor) / 2
  setView(center - half, center + half)
}

function shift(share) {
  const { from, to } = timeline
  const by = (to - from) * share
  setView(from + by, to + by)
}

function startTime() {
  const button = (textContent, onclick) => make('button', { type: 'button', textContent, onclick })
  byId('time').append(
    make(
      'div',
      { className: 'buttons' },
      button('Zoom in', () => zoom(0.5)),
      button('Zoom out', () => zoom(2)),
      button('Earlier', () => shift(-0.5)),
      button('Later', () => shift(0.5)),
      button('Whole run', showWhole),
    ),
    make(
      'label',
      {},
      'Moment',
      make('input', {
        id: 'moment',
        type: 'range',
        oninput: ({ target }) => {
          setMoment(Number(target.value))
          moveCursors()
        },
      }),
    ),
    make('output', { id: 'moment-text', htmlFor: 'moment' }),
  )
}

function setMoment(second) {
  timeline.moment = Math.min(Math.max(0, second), wholeSeconds())
  showMoment()
}

function moveCursors() {
  for (const chart of timelineCharts) {
    const left = chart.valToPos(timeline.moment, 'x')
    chart.setCursor({ left, top: 0 }, false, false)
  }
}

function showTime() {
  const slider = byId('moment')
  slider.min = String(Math.round(timeline.from))
  slider.max = String(Math.round(timeline.to))
  timeline.moment = Math.min(Math.max(timeline.from, timeline.moment), timeline.to)
  showMoment()
  moveCursors()
}

function showMoment() {
  const { moment, from, to } = timeline
  const text = `${clockFull(moment)} of ${clockFull(wholeSeconds())}`
  byId('moment').value = String(Math.round(moment))
  byId('moment').setAttribute('aria-valuetext', text)
  byId('moment-text').textContent = `${text}, shown: ${clockFull(from)} to ${clockFull(to)}`
  for (const policy of timeline.policies) {
    const element = byId(`moment-${policy}`)
    const entry = timelineOf(policy)
    if (element === null || entry === undefined) continue
    const [needed = 0, spot = 0, onDemand = 0] = valuesAt(entry.steps, moment) ?? []
    const [failed = 0] = valuesAt(entry.failed, moment) ?? []
    element.textContent = `${clockFull(moment)}: ${needed} desired, ${spot} on Spot, ${onDemand} on demand, ${failed.toFixed(1)} failed requests a second`
  }
}

function clockFull(seconds) {
  const text = clock(Math.round(seconds))
  return text.length > 5 ? text : `00:${text}`
}
