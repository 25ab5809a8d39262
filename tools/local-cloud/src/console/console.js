// The page of the console: shows what the server tells, and sends what the buttons say.
const byId = (id) => document.getElementById(id)
const shownSeconds = 7200
const charts = new Map()
let samples = []
let picture

/** An element with what is in it. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

/** 754 as 12:34. */
function clock(seconds) {
  const parts = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds) % 60,
  ]
  const [hours, ...rest] = parts.map((part) => String(part).padStart(2, '0'))
  return hours === '00' ? rest.join(':') : [hours, ...rest].join(':')
}

async function act(action) {
  const answer = await fetch('/act', { method: 'POST', body: JSON.stringify(action) })
  if (!answer.ok) byId('status').textContent = await answer.text()
}

function showControls({ spotProviders, zones, brokenZoneMinutes, speeds, speed }) {
  const droughts = spotProviders.map((provider) => {
    const button = make('button', { type: 'button', textContent: `Drought on ${provider}` })
    button.dataset.provider = provider
    button.setAttribute('aria-pressed', 'false')
    button.addEventListener('click', () =>
      act({ kind: 'drought', provider, on: button.getAttribute('aria-pressed') !== 'true' }),
    )
    return button
  })
  const buttonFor = (text, action) => {
    const button = make('button', { type: 'button', textContent: text })
    button.addEventListener('click', () => act(action))
    return button
  }
  const choice = make('select', { id: 'speed' })
  for (const each of speeds) {
    choice.append(make('option', { value: String(each), textContent: `${each} times as fast` }))
  }
  choice.value = String(speed)
  choice.addEventListener('change', () => act({ kind: 'speed', speed: Number(choice.value) }))
  byId('controls').replaceChildren(
    ...droughts,
    buttonFor('Interrupt one task', { kind: 'interrupt' }),
    ...zones.map((zone) =>
      buttonFor(`Break ${zone} for ${brokenZoneMinutes} minutes`, { kind: 'break-zone', zone }),
    ),
    buttonFor('Deploy a new revision', { kind: 'release' }),
    make('label', {}, 'Simulated clock', choice),
  )
}

function showServices({ services }) {
  const key = (kind, text) => make('li', { className: kind }, make('i'), text)
  byId('services').replaceChildren(
    ...services.map(({ name }) => {
      const card = make(
        'article',
        { className: 'card' },
        make('h3', { textContent: name }),
        make('p', { className: 'numbers' }),
        make(
          'ul',
          { className: 'legend' },
          key('desired', 'wanted'),
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

function draw() {
  const css = getComputedStyle(document.documentElement)
  const colour = (name) => css.getPropertyValue(`--${name}`).trim()
  for (const chart of charts.values()) chart.destroy()
  charts.clear()
  for (const card of document.querySelectorAll('[data-service]')) {
    const place = card.querySelector('.chart')
    const axis = {
      stroke: colour('soft'),
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    }
    const area = (name) => ({
      stroke: colour(name),
      fill: `${colour(name)}33`,
      width: 1.5,
      points: { show: false },
    })
    charts.set(
      card.dataset.service,
      new uPlot(
        {
          width: place.clientWidth,
          height: 220,
          cursor: { show: false },
          legend: { show: false },
          scales: {
            x: { time: false },
            y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most) + 1)] },
          },
          axes: [
            { ...axis, size: 30, values: (_, values) => values.map(clock) },
            { ...axis, size: 32, incrs: [1, 2, 5, 10, 20, 50, 100] },
          ],
          // Drawn in this order: the whole, and Spot's part of it over it.
          series: [
            {},
            area('high'),
            area('plus'),
            { stroke: colour('ink'), width: 1.5, dash: [5, 4], points: { show: false } },
          ],
        },
        dataOf(card.dataset.service),
        place,
      ),
    )
    place.setAttribute('role', 'img')
  }
}

function dataOf(service) {
  const of = (pick) => samples.map(({ services }) => pick(services[service] ?? {}) ?? 0)
  return [
    samples.map(({ at }) => at),
    of(({ spot, onDemand }) => spot + onDemand),
    of(({ spot }) => spot),
    of(({ desired }) => desired),
  ]
}

function showMoment({ at, speed, droughts, services, troubles }) {
  const covered = services.filter(({ standby }) => standby > 0)
  const state = [
    droughts.length === 0 ? 'Spot is plenty' : `Drought on ${droughts.join(' and ')}`,
    covered.length === 0
      ? 'no standby is needed'
      : `standbys cover ${covered.map(({ name }) => name).join(', ')}`,
  ].join('; ')
  // Told by screen readers, so written only when it is another.
  if (byId('status').textContent !== state) byId('status').textContent = state
  byId('clock').textContent =
    `${clock(at)} of the simulated clock, ${speed} times as fast as the wall's`
  for (const button of document.querySelectorAll('[data-provider]')) {
    button.setAttribute('aria-pressed', String(droughts.includes(button.dataset.provider)))
  }
  for (const { name, desired, serving, spot, onDemand, standby } of services) {
    const card = document.querySelector(`[data-service="${CSS.escape(name)}"]`)
    if (card === null) continue
    const text = `${serving} of ${desired} serve: ${spot} on Spot, ${onDemand} on demand; standbys are asked for ${standby}`
    card.querySelector('.numbers').textContent = text
    card
      .querySelector('.chart')
      .setAttribute('aria-label', `Tasks of ${name} over time. Now ${text}.`)
    charts.get(name)?.setData(dataOf(name))
  }
  byId('cost').replaceChildren(
    ...services.map(({ name, relativeCost, longestShortfallSeconds }) =>
      make(
        'tr',
        {},
        make('td', { textContent: name }),
        make('td', { textContent: relativeCost.toFixed(2) }),
        make('td', { textContent: `${Math.round(longestShortfallSeconds)} s` }),
      ),
    ),
  )
  byId('broken').hidden = troubles.length === 0
  byId('broken')
    .querySelector('ul')
    .replaceChildren(
      ...troubles.map(({ part, message, count }) =>
        make('li', { textContent: `${part}: ${message}${count > 1 ? ` (${count} times)` : ''}` }),
      ),
    )
}

function addStory(happenings) {
  const story = byId('story')
  for (const { at, kind, text } of happenings) {
    story.prepend(
      make(
        'li',
        {},
        make('time', { textContent: clock(at) }),
        make('span', { className: `kind ${kind}`, textContent: kind }),
        make('span', { textContent: text }),
      ),
    )
  }
  while (story.children.length > 200) story.lastChild.remove()
}

function addSamples(more) {
  samples = [...samples, ...more]
  const from = (samples.at(-1)?.at ?? 0) - shownSeconds
  samples = samples.filter(({ at }) => at >= from)
}

function showStacks({ stacks }) {
  byId('stacks').replaceChildren(
    ...stacks.map(({ name, kinds, addresses }) => {
      const rows = Object.entries(kinds).sort(([, one], [, other]) => other - one)
      return make(
        'details',
        { className: 'card' },
        make('summary', { textContent: `${name}: ${addresses.length} resources` }),
        make(
          'ul',
          {},
          ...rows.map(([kind, count]) =>
            make('li', {}, make('code', { textContent: kind }), ` ${count}`),
          ),
        ),
      )
    }),
  )
}

function show(whole) {
  picture = whole
  samples = []
  byId('story').replaceChildren()
  showServices(whole)
  showStacks(whole)
  addSamples(whole.samples)
  addStory(whole.happenings)
  draw()
  showMoment(whole)
}

function follow() {
  const updates = new EventSource('/updates')
  updates.addEventListener('picture', ({ data }) => {
    const whole = JSON.parse(data)
    showControls(whole)
    show(whole)
  })
  updates.addEventListener('update', ({ data }) => {
    const update = JSON.parse(data)
    addSamples(update.samples)
    addStory(update.happenings)
    showMoment(update)
  })
  updates.addEventListener('error', () => {
    byId('status').textContent = 'not connected: has npm start ended?'
  })
}

// In a report the picture is in the page, and there is nothing to press.
const kept = byId('picture')
if (kept === null) follow()
else {
  byId('market').parentElement.hidden = true
  show(JSON.parse(kept.textContent))
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => picture && draw())
addEventListener('resize', () => {
  for (const chart of charts.values()) {
    chart.setSize({ width: chart.root.parentElement.clientWidth, height: 220 })
  }
})
