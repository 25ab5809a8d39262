import { byId, make, makeText } from '@tideway/local-cloud/dom.js'
import { caseText, comparison, fillSelect, indexed, rowsOf } from './choices.js'
import { drawPoints, pointText, rangeOf } from './points.js'

const overview = { scenario: 0, combination: 1 }

export function startOverview() {
  const select = byId('overview-scenario')
  fillSelect(select, indexed(comparison.scenarios))
  select.addEventListener('change', () => {
    overview.scenario = Number(select.value)
    drawOverview()
  })
  byId('cases').replaceChildren(
    ...comparison.combinations.map((each, index) =>
      make(
        'button',
        {
          type: 'button',
          onclick: () => {
            overview.combination = index
            drawOverview()
          },
        },
        makeText('span', caseText(each)),
      ),
    ),
  )
  drawOverview()
}

export function drawOverview() {
  const { scenario, combination } = overview
  const all = comparison.rows.filter((row) => row.scenario === scenario)
  const range = rangeOf(all)
  for (const [index, button] of [...byId('cases').children].entries()) {
    button.setAttribute('aria-pressed', String(index === combination))
    button.querySelector('svg')?.remove()
    const size = { width: 200, height: 110, isLarge: false }
    button.prepend(drawPoints(rowsOf(scenario, index), range, size))
  }
  const { name, description } = comparison.scenarios[scenario]
  byId('overview-description').textContent = description
  byId('points-title').textContent = `${name}: ${caseText(comparison.combinations[combination])}`
  const width = Math.max(300, byId('points').clientWidth)
  byId('points').replaceChildren(
    makeText('p', 'failed requests per million (logarithmic)', 'axis soft'),
    drawPoints(rowsOf(scenario, combination), range, {
      width,
      height: width < 600 ? 380 : 460,
      isLarge: true,
      onPoint: (row) => {
        byId('point').textContent = pointText(row)
      },
    }),
  )
}
