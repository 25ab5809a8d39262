import { comparison, failedText } from './choices.js'

const namespace = 'http://www.w3.org/2000/svg'

function makeSvg(name, attributes = {}, ...children) {
  const element = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

/** Logarithmic, with room for 0. */
const failedScale = (value) => Math.log10(1 + value)
const failedTicks = [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

/** The range of the axes: the same for all cases of a scenario. */
export function rangeOf(rows) {
  const costs = rows.map(({ cost }) => cost)
  const failed = Math.max(10, ...rows.map((row) => row.failed))
  return {
    from: Math.floor(10 * Math.min(...costs) - 0.2) / 10,
    to: Math.ceil(10 * Math.max(...costs) + 0.2) / 10,
    top: failedTicks.find((tick) => tick >= failed) ?? 1_000_000,
  }
}

/** Rows as points: cost to the right, failed requests upwards. */
export function drawPoints(rows, range, { width, height, isLarge, onPoint = () => {} }) {
  const margin = isLarge
    ? { left: 76, right: 16, top: 12, bottom: 46 }
    : { left: 6, right: 6, top: 6, bottom: 6 }
  const inner = {
    right: width - margin.right,
    bottom: height - margin.bottom,
  }
  const x = (cost) =>
    margin.left + ((cost - range.from) / (range.to - range.from)) * (inner.right - margin.left)
  const y = (failed) =>
    inner.bottom - (failedScale(failed) / failedScale(range.top)) * (inner.bottom - margin.top)
  const svg = makeSvg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'points' })
  if (isLarge) {
    svg.setAttribute('role', 'group')
    svg.setAttribute('aria-label', 'Policies by cost and failed requests')
  } else svg.setAttribute('aria-hidden', 'true')
  svg.append(...gridLines({ x, y, range, inner, margin, isLarge }))
  const line = frontierPath(rows, x, y, inner.right, margin.top)
  if (line !== undefined) svg.append(makeSvg('path', { class: 'frontier', d: line }))
  const marks = rows.map((row) => markOf(row, x(row.cost), y(row.failed), isLarge ? 6.5 : 3.5))
  // Tideway last, so that nothing covers it.
  const order = ['bound', 'baseline', 'tideway']
  const rank = (row) => order.indexOf(comparison.policies[row.policy].kind)
  const drawn = rows.map((row, index) => ({ row, mark: marks[index] }))
  drawn.sort((one, other) => rank(one.row) - rank(other.row))
  if (isLarge) {
    svg.append(...labelsOf(rows, x, y, inner, margin))
    for (const { row, mark } of drawn) {
      mark.setAttribute('tabindex', '0')
      mark.setAttribute('role', 'img')
      mark.setAttribute('aria-label', pointText(row))
      for (const event of ['focus', 'pointerenter']) {
        mark.addEventListener(event, () => onPoint(row))
      }
    }
  }
  svg.append(...drawn.map(({ mark }) => mark))
  return svg
}

export function pointText(row) {
  const { name, description } = comparison.policies[row.policy]
  const beaten =
    row.beatenBy === undefined ? '' : ` ${row.beatenBy} fails fewer requests and costs no more.`
  return `${name}: ${failedText(row.failed)} failed requests per million, at ${row.cost.toFixed(3)} of the cost of on demand.${beaten} ${description}`
}

function gridLines({ x, y, range, inner, margin, isLarge }) {
  const lines = []
  const addLine = (x1, y1, x2, y2) => lines.push(makeSvg('line', { class: 'grid', x1, y1, x2, y2 }))
  const addText = (left, top, text, anchor, className = '') =>
    lines.push(makeSvg('text', { x: left, y: top, 'text-anchor': anchor, class: className }, text))
  for (const tick of failedTicks.filter((each) => each <= range.top)) {
    addLine(margin.left, y(tick), inner.right, y(tick))
    if (isLarge) addText(margin.left - 6, y(tick) + 4, tick.toLocaleString('en-US'), 'end')
  }
  const step = range.to - range.from > 0.9 ? 0.2 : 0.1
  for (let index = Math.ceil(range.from / step - 1e-9); index * step <= range.to + 1e-9; index++) {
    const cost = index * step
    addLine(x(cost), margin.top, x(cost), inner.bottom)
    if (isLarge) addText(x(cost), inner.bottom + 16, cost.toFixed(1), 'middle')
  }
  if (!isLarge) return lines
  const title = 'cost, as a share of all tasks on demand'
  addText((margin.left + inner.right) / 2, inner.bottom + 38, title, 'middle', 'axis')
  return lines
}

/** The steps between the baselines that no other baseline beats. */
function frontierPath(rows, x, y, right, top) {
  const isBaseline = ({ policy }) => comparison.policies[policy].kind === 'baseline'
  const best = rows
    .filter((row) => isBaseline(row) && row.beatenBy === undefined)
    .sort((one, other) => one.cost - other.cost || other.failed - one.failed)
  if (best.length === 0) return undefined
  const [first] = best
  let path = `M${x(first.cost)} ${top}V${y(first.failed)}`
  for (const row of best.slice(1)) path += `H${x(row.cost)}V${y(row.failed)}`
  return `${path}H${right}`
}

function markOf(row, left, top, size) {
  const { kind } = comparison.policies[row.policy]
  const group = makeSvg('g', { class: `mark ${kind}`, transform: `translate(${left} ${top})` })
  if (kind === 'tideway') group.append(makeSvg('circle', { r: size }))
  else if (kind === 'baseline') {
    const half = size * 0.8
    group.append(makeSvg('rect', { x: -half, y: -half, width: 2 * half, height: 2 * half }))
  } else group.append(makeSvg('path', { d: `M0 ${-size} ${size} 0 0 ${size} ${-size} 0z` }))
  return group
}

/** The names of the policies, each where it covers no point and no other name. Left out where there is no room. */
function labelsOf(rows, x, y, inner, margin) {
  const taken = rows.map((row) => box(x(row.cost) - 7, y(row.failed) - 7, 14, 14))
  const isOwn = ({ policy }) => comparison.policies[policy].kind === 'tideway'
  const ordered = [...rows].sort((one, other) => isOwn(other) - isOwn(one))
  const isAt = (row, other) =>
    Math.hypot(x(row.cost) - x(other.cost), y(row.failed) - y(other.failed)) < 5
  const fits = (place) =>
    place.left >= margin.left &&
    place.right <= inner.right + margin.right &&
    place.top >= 0 &&
    place.bottom <= inner.bottom + 2 &&
    taken.every((other) => !overlaps(place, other))
  // Policies at the same point have one label.
  const first = ordered.filter(
    (row, index) => !ordered.slice(0, index).some((other) => isAt(row, other)),
  )
  return first.flatMap((row) => {
    const { kind } = comparison.policies[row.policy]
    const names = ordered
      .filter((other) => isAt(row, other))
      .map(({ policy }) => comparison.policies[policy].name)
    for (const name of [names.join(', '), names[0]]) {
      const place = placesOf(
        x(row.cost),
        y(row.failed),
        name.length * (kind === 'tideway' ? 8 : 7),
        15,
      ).find(fits)
      if (place === undefined) continue
      taken.push(place)
      return [makeSvg('text', { x: place.left, y: place.top + 12, class: `name ${kind}` }, name)]
    }
    return []
  })
}

/** Beside, above and below a point. */
function placesOf(left, top, width, height) {
  return [
    [left + 11, top - 8],
    [left - 11 - width, top - 8],
    [left - width / 2, top - 24],
    [left - width / 2, top + 9],
    [left + 9, top - 22],
    [left + 9, top + 7],
    [left - 9 - width, top - 22],
    [left - 9 - width, top + 7],
    [left - width / 2, top - 38],
    [left - width / 2, top + 24],
  ].map(([one, other]) => box(one, other, width, height))
}

const box = (left, top, width, height) => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
})

const overlaps = (one, other) =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom
