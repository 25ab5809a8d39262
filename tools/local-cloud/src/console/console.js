// The console page: shows the state that the server sends, and posts an action for each button.
const byId = (id) => document.getElementById(id)
const shownSeconds = 7200
const chartHeight = 220
const charts = new Map()
let samples = []

/** Creates an element with properties and children. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

const makeText = (name, textContent) => make(name, { textContent })

/** 754 as 12:34. */
function clock(seconds) {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
  const [hours, ...rest] = parts.map((part) => String(Math.floor(part)).padStart(2, '0'))
  return hours === '00' ? rest.join(':') : [hours, ...rest].join(':')
}

/** Screen readers announce the status, so it is set only when it changes. */
function setStatus(text) {
  if (byId('status').textContent !== text) byId('status').textContent = text
}

async function act(action) {
  const response = await fetch('/act', { method: 'POST', body: JSON.stringify(action) })
  if (!response.ok) setStatus(await response.text())
}

function showControls({ spotProviders, zones, brokenZoneMinutes, speeds, speed }) {
  const buttonFor = (textContent, actionOf) => {
    const button = make('button', { type: 'button', textContent })
    button.addEventListener('click', () => act(actionOf(button)))
    return button
  }
  const droughts = spotProviders.map((provider) => {
    const button = buttonFor(`Drought on ${provider}`, ({ ariaPressed }) => ({
      kind: 'drought',
      provider,
      on: ariaPressed !== 'true',
    }))
    button.dataset.provider = provider
    button.ariaPressed = 'false'
    return button
  })
  const options = speeds.map((each) =>
    make('option', { value: String(each), textContent: `${each} times real time` }),
  )
  const choice = make('select', { id: 'speed' }, ...options)
  choice.value = String(speed)
  choice.addEventListener('change', () => act({ kind: 'speed', speed: Number(choice.value) }))
  byId('controls').replaceChildren(
    ...droughts,
    buttonFor('Interrupt one task', () => ({ kind: 'interrupt' })),
    ...zones.map((zone) =>
      buttonFor(`Fail ${zone} for ${brokenZoneMinutes} minutes`, () => ({
        kind: 'break-zone',
        zone,
      })),
    ),
    buttonFor('Deploy a new revision', () => ({ kind: 'release' })),
    make('label', {}, 'Simulated clock', choice),
  )
}

function showServices({ services }) {
  const key = (className, text) => make('li', { className }, make('i'), text)
  byId('services').replaceChildren(
    ...services.map(({ name }) => {
      const card = make(
        'article',
        { className: 'card' },
        makeText('h3', name),
        make('p', { className: 'numbers' }),
        make(
          'ul',
          { className: 'legend' },
          key('desired', 'desired'),
          key('spot', 'on Spot'),
          key('demand', 'on demand'),
        ),
        make('div', { className: 'chart' }),
      )
      card.dataset.service = name
      return card
    }),
  )
}

/** Draws all charts again, in the colors of the current theme. */
function drawCharts() {
  const css = getComputedStyle(document.documentElement)
  const color = (name) => css.getPropertyValue(`--${name}`).trim()
  const axis = {
    stroke: color('soft'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
  }
  const line = (name, rest) => ({
    stroke: color(name),
    width: 1.5,
    points: { show: false },
    ...rest,
  })
  const area = (name) => line(name, { fill: `${color(name)}33` })
  const options = {
    height: chartHeight,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false },
      y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max) + 1)] },
    },
    axes: [
      { ...axis, size: 30, values: (_, values) => values.map(clock) },
      { ...axis, size: 32, incrs: [1, 2, 5, 10, 20, 50, 100] },
    ],
    // In drawing order: Spot covers its part of all tasks.
    series: [{}, area('high'), area('plus'), line('ink', { dash: [5, 4] })],
  }
  for (const chart of charts.values()) chart.destroy()
  for (const card of document.querySelectorAll('[data-service]')) {
    const { service } = card.dataset
    const element = card.querySelector('.chart')
    element.setAttribute('role', 'img')
    const width = element.clientWidth
    charts.set(service, new uPlot({ ...options, width }, chartData(service), element))
  }
}

function chartData(service) {
  const series = (pick) => samples.map(({ services }) => pick(services[service] ?? {}) ?? 0)
  return [
    samples.map(({ at }) => at),
    series(({ spot, onDemand }) => spot + onDemand),
    series(({ spot }) => spot),
    series(({ desired }) => desired),
  ]
}

function showCurrent({ at, speed, droughts, services, problems }) {
  const covered = services.filter(({ standby }) => standby > 0).map(({ name }) => name)
  setStatus(
    [
      droughts.length === 0 ? 'Spot has capacity' : `Drought on ${droughts.join(' and ')}`,
      covered.length === 0 ? 'no standby is needed' : `standbys cover ${covered.join(', ')}`,
    ].join('; '),
  )
  byId('clock').textContent = `${clock(at)} of simulated time, at ${speed} times real time`
  for (const button of document.querySelectorAll('[data-provider]')) {
    button.ariaPressed = String(droughts.includes(button.dataset.provider))
  }
  for (const { name, desired, serving, spot, onDemand, standby } of services) {
    const card = document.querySelector(`[data-service="${CSS.escape(name)}"]`)
    if (card === null) continue
    const text = `${serving} of ${desired} tasks serve: ${spot} on Spot, ${onDemand} on demand; desired standby tasks: ${standby}`
    card.querySelector('.numbers').textContent = text
    card.querySelector('.chart').ariaLabel = `Tasks of ${name} over time. Now ${text}.`
    charts.get(name)?.setData(chartData(name))
  }
  byId('cost').replaceChildren(
    ...services.map(({ name, relativeCost, longestShortfallSeconds }) => {
      const cells = [name, relativeCost.toFixed(2), `${Math.round(longestShortfallSeconds)} s`]
      return make('tr', {}, ...cells.map((cell) => makeText('td', cell)))
    }),
  )
  byId('problems').hidden = problems.length === 0
  byId('problems')
    .querySelector('ul')
    .replaceChildren(
      ...problems.map(({ part, message, count }) =>
        makeText('li', `${part}: ${message}${count > 1 ? ` (${count} times)` : ''}`),
      ),
    )
}

function addToTimeline(entries) {
  const timeline = byId('timeline')
  for (const { at, kind, text } of entries) {
    const label = make('span', { className: `kind ${kind}`, textContent: kind })
    timeline.prepend(make('li', {}, makeText('time', clock(at)), label, makeText('span', text)))
  }
  while (timeline.children.length > 200) timeline.lastChild.remove()
}

function addSamples(added) {
  samples = [...samples, ...added]
  const from = (samples.at(-1)?.at ?? 0) - shownSeconds
  samples = samples.filter(({ at }) => at >= from)
}

function showStacks({ stacks }) {
  byId('stacks').replaceChildren(
    ...stacks.map(({ name, addresses }) => {
      const counts = {}
      for (const address of addresses) {
        const [type] = address.split('.')
        counts[type] = (counts[type] ?? 0) + 1
      }
      const rows = Object.entries(counts).sort(([, one], [, other]) => other - one)
      return make(
        'details',
        { className: 'card' },
        makeText('summary', `${name}: ${addresses.length} resources`),
        make(
          'ul',
          {},
          ...rows.map(([type, count]) => make('li', {}, makeText('code', type), ` ${count}`)),
        ),
      )
    }),
  )
}

function showState(state) {
  samples = []
  byId('timeline').replaceChildren()
  showServices(state)
  showStacks(state)
  addSamples(state.samples)
  addToTimeline(state.timeline)
  drawCharts()
  showCurrent(state)
}

function followUpdates() {
  const updates = new EventSource('/updates')
  updates.addEventListener('state', ({ data }) => {
    const state = JSON.parse(data)
    showControls(state)
    showState(state)
  })
  updates.addEventListener('update', ({ data }) => {
    const update = JSON.parse(data)
    addSamples(update.samples)
    addToTimeline(update.timeline)
    showCurrent(update)
  })
  updates.addEventListener('error', () => setStatus('not connected: has npm start ended?'))
}

// A report contains its state, and has no controls.
const reportState = byId('state')
if (reportState === null) followUpdates()
else {
  byId('market').parentElement.hidden = true
  showState(JSON.parse(reportState.textContent))
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawCharts)
addEventListener('resize', () => {
  for (const chart of charts.values()) {
    chart.setSize({ width: chart.root.parentElement.clientWidth, height: chartHeight })
  }
})
