import { byId, clock } from './dom.js'
import { chosenMoment, history, shownRange } from './history.js'

const syncKey = 'console'
/** The charts of the page, by the id of their element. */
const charts = new Map()
let onSelect = () => {}

export function onMomentSelect(listener) {
  onSelect = listener
}

/** Draws all charts again, in the colors of the current theme. */
export function drawCharts(services) {
  for (const { chart } of charts.values()) chart.destroy()
  charts.clear()
  const colors = colorsOfTheme()
  if (!byId('felt').hidden) {
    draw(byId('policy-failed'), failedChart(colors), () => policyData('failed'))
    draw(byId('policy-serving'), servingChart(colors), () => policyData('serving'))
  }
  for (const { name } of services) {
    for (const [kind, options, data] of [
      ['tasks', taskChart(colors), taskData],
      ['requests', requestChart(colors), requestData],
    ]) {
      const element = byId(`${kind}-${name}`)
      if (element !== null && !element.hidden) draw(element, options, () => data(name))
    }
  }
}

export function updateCharts() {
  for (const { chart, data } of charts.values()) chart.setData(data())
}

export function resizeCharts() {
  for (const { chart } of charts.values()) {
    const { clientWidth } = chart.root.parentElement
    if (clientWidth !== chart.width) chart.setSize({ width: clientWidth, height: chart.height })
  }
}

function draw(element, options, data) {
  const chart = new uPlot({ ...options, width: element.clientWidth }, data(), element)
  chart.over.addEventListener('click', () => {
    const { left } = chart.cursor
    if (left >= 0) onSelect(chart.posToVal(left, 'x'))
  })
  charts.set(element.id, { chart, data })
}

function colorsOfTheme() {
  const css = getComputedStyle(document.documentElement)
  return (name) => css.getPropertyValue(`--${name}`).trim()
}

function chartOptions(color, height, maxOf, series) {
  const axis = {
    stroke: color('soft'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    height,
    cursor: { y: false, points: { show: false }, drag: { x: false }, sync: { key: syncKey } },
    legend: { show: false },
    scales: {
      x: { time: false, range: xRange },
      y: { range: (_, __, max) => [0, maxOf(max ?? 0)] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: 75,
        values: (_, values) => values.map(clock),
        incrs: [60, 300, 600, 1200, 1800, 3600],
      },
      { ...axis, size: 44 },
    ],
    series: [{}, ...series],
    hooks: {
      drawClear: [(chart) => shadeDroughts(chart, color)],
      draw: [(chart) => drawMoment(chart, color)],
    },
  }
}

/** All charts have the same time axis. */
function xRange() {
  const [from, to] = shownRange()
  return [from, Math.max(to, from + 600)]
}

const line = (color, name, rest) => ({
  stroke: color(name),
  width: 1.75,
  points: { show: false },
  ...rest,
})
const area = (color, name) => line(color, name, { fill: `${color(name)}33` })

/** In drawing order: Spot covers its part of all tasks. */
function taskChart(color) {
  const options = chartOptions(color, 170, taskTop, [
    area(color, 'high'),
    area(color, 'plus'),
    line(color, 'ink', { dash: [5, 4] }),
  ])
  options.axes[1].incrs = taskSteps
  return options
}

function requestChart(color) {
  return chartOptions(color, 170, niceTop, [
    area(color, 'low'),
    line(color, 'medium', { dash: [3, 3] }),
    line(color, 'critical', { fill: `${color('critical')}55`, width: 2 }),
  ])
}

/** A line for each policy. */
const policyLines = (color, fill) => [
  line(color, 'plus', { width: 2.5 }),
  line(color, 'critical', { width: 2, ...fill }),
  line(color, 'low', { dash: [6, 5] }),
]

function failedChart(color) {
  const fill = { fill: `${color('critical')}33` }
  return chartOptions(color, 130, niceTop, policyLines(color, fill))
}

/** The band is the tasks that are missing without Tideway, and not with it. */
function servingChart(color) {
  const options = chartOptions(color, 150, taskTop, policyLines(color))
  options.axes[1].incrs = taskSteps
  return { ...options, bands: [{ series: [1, 2], fill: `${color('critical')}33` }] }
}

const taskSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
const taskTop = (max) => Math.max(4, Math.ceil(max) + 1)
const niceTop = (max) => Math.max(1, max * 1.1)

function taskData(service) {
  const { samples } = history()
  const series = (pick) => samples.map(({ services }) => pick(services[service] ?? {}) ?? 0)
  return [
    samples.map(({ at }) => at),
    series(({ spot = 0, onDemand = 0 }) => spot + onDemand),
    series(({ spot }) => spot),
    series(({ desired }) => desired),
  ]
}

function requestData(service) {
  const { requests } = history()
  const series = (name) => requests.map(({ services }) => services[service]?.[name] ?? 0)
  return [requests.map(({ at }) => at), series('rate'), series('slow'), series('failed')]
}

/** Failed requests per second, or tasks that serve, of all services, by policy. */
function policyData(name) {
  const { samples, requests, comparisonSamples } = history()
  const byPolicy = { without: new Map(), 'on-demand': new Map() }
  for (const { at, policy, services } of comparisonSamples) {
    byPolicy[policy].set(at, sumOf(services, name))
  }
  const own = name === 'failed' ? requests : samples
  const other = (policy) => own.map(({ at }) => byPolicy[policy].get(at) ?? null)
  return [
    own.map(({ at }) => at),
    own.map(({ services }) => sumOf(services, name)),
    other('without'),
    byPolicy['on-demand'].size > 0 ? other('on-demand') : onDemandData(name, own),
  ]
}

/** Without samples of it, On-Demand capacity serves as desired. */
function onDemandData(name, own) {
  return own.map(({ services }) => (name === 'failed' ? 0 : sumOf(services, 'desired')))
}

/** The sum of a count over services. */
export function sumOf(services, name) {
  return Object.values(services).reduce((sum, each) => sum + (each[name] ?? 0), 0)
}

export const answered = (services) => sumOf(services, 'rate') - sumOf(services, 'failed')

function shadeDroughts(chart, color) {
  const { samples } = history()
  const { ctx, bbox } = chart
  ctx.save()
  ctx.fillStyle = `${color('high')}1f`
  const position = (at) =>
    Math.min(Math.max(chart.valToPos(at, 'x', true), bbox.left), bbox.left + bbox.width)
  let from
  for (const [index, { at, droughts }] of samples.entries()) {
    if (droughts > 0) from ??= at
    const isEnd = droughts === 0 || index === samples.length - 1
    if (from === undefined || !isEnd) continue
    ctx.fillRect(position(from), bbox.top, position(at) - position(from), bbox.height)
    from = undefined
  }
  ctx.restore()
}

function drawMoment(chart, color) {
  const moment = chosenMoment()
  if (moment === undefined) return
  const { ctx, bbox } = chart
  const left = Math.round(chart.valToPos(moment, 'x', true))
  ctx.save()
  ctx.fillStyle = color('accent')
  ctx.fillRect(left - devicePixelRatio, bbox.top, 2 * devicePixelRatio, bbox.height)
  ctx.restore()
}
