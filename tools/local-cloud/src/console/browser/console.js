// The console page: shows the state that the server sends, and posts an action for each button.
import { drawCharts, onMomentSelect, resizeCharts, updateCharts } from './charts.js'
import { setStatus, showControls, showStacks, updateControls } from './controls.js'
import { byId, duration, setText } from './dom.js'
import { addToHistory, chosenMoment, resetHistory, selectMoment } from './history.js'
import { moveInTimeline, showMoment, showTimeline } from './moments.js'
import { showPanels, showServices } from './panels.js'

/** The last state or update. */
let current
let chosenEntry
/** A chosen moment stays, so only a new choice changes the charts. */
let drawnMoment

function choose(seconds, entry) {
  chosenEntry = entry
  selectMoment(seconds)
  show()
}

function show() {
  showPanels(current)
  if (chosenMoment() === undefined || drawnMoment !== chosenMoment()) updateCharts()
  drawnMoment = chosenMoment()
  showTimeline((entry) => {
    choose(entry.at, entry)
    byId('why').scrollIntoView({ block: 'nearest' })
  })
  showMoment(current, chosenEntry)
}

function showState(state) {
  announcePhase(current, state)
  current = state
  chosenEntry = undefined
  resetHistory()
  addToHistory(state)
  showServices(state)
  showStacks(state)
  showPanels(state)
  drawCharts(state.services)
  show()
}

/** Says that the market has moved onto what is deployed. */
function announcePhase(before, { phase, deployment }) {
  if (before === undefined || before.phase === phase) return
  const time = deployment?.status === 'deployed' ? ` in ${duration(deployment.seconds)}` : ''
  setText(
    byId('phase'),
    `Everything is deployed${time}. The market now runs on the deployed stacks.`,
  )
  byId('phase').hidden = false
}

function followUpdates() {
  const updates = new EventSource('/updates')
  updates.addEventListener('state', ({ data }) => {
    const state = JSON.parse(data)
    showControls(state)
    updateControls(state)
    showState(state)
  })
  updates.addEventListener('update', ({ data }) => {
    current = JSON.parse(data)
    addToHistory(current)
    if (document.hidden) return
    updateControls(current)
    show()
  })
  updates.addEventListener('error', () => setStatus('not connected: has npm start ended?'))
}

// A report contains its state, and has no controls.
const reportState = byId('state')
if (reportState === null) followUpdates()
else {
  byId('controls').hidden = true
  byId('live').textContent = 'Back to the end'
  showState(JSON.parse(reportState.textContent))
}
onMomentSelect(choose)
byId('moment').addEventListener('input', ({ target }) => choose(Number(target.value)))
byId('live').addEventListener('click', () => {
  choose(undefined)
  byId('moment').focus()
})
byId('timeline').addEventListener('keydown', moveInTimeline)
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && chosenMoment() !== undefined) choose(undefined)
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
  drawCharts(current?.services ?? []),
)
addEventListener('resize', resizeCharts)
document.addEventListener('visibilitychange', () => {
  if (current !== undefined && !document.hidden) show()
})
