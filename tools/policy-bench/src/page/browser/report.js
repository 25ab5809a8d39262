import { byId } from '@tideway/local-cloud/dom.js'
import { drawOverview, startOverview } from './overview.js'
import { startRows } from './rows.js'
import { drawTimelines, showTimeline, startTimelines } from './timelines.js'

startOverview()
startRows(showTimeline)
startTimelines().then(() => {
  document.documentElement.dataset.ready = 'true'
  const redraw = () => {
    drawOverview()
    drawTimelines()
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  let { clientWidth } = byId('points')
  addEventListener('resize', () => {
    if (byId('points').clientWidth === clientWidth) return
    clientWidth = byId('points').clientWidth
    redraw()
  })
})
