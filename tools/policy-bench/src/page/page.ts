import { createRequire } from 'node:module'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { bundled, selfContained, uplot } from '@tideway/local-cloud/document'
import { CapacityTrace } from '@tideway/spot-simulator'
import { bestDominating, isBound, isOwn } from '../frontier'
import { goalTexts } from '../goals'
import { combinations } from '../job'
import {
  combinationOf,
  everywhere,
  type Missed,
  missedOf,
  type Part,
  partsOf,
  scoresOf,
} from '../parts'
import { policies } from '../policies'
import type { Row } from '../run'
import type { Scenario } from '../scenario'
import type { Timeline } from '../timeline'
import { html, type Markup } from './markup'
import { style } from './style'
import {
  applicationTexts,
  assumptions,
  deregistrationTexts,
  kindTexts,
  policyTexts,
  terms,
} from './words'

/** What a run of the bench measured. */
export interface Run {
  /** Of all scenarios, with every combination. */
  readonly rows: readonly Row[]
  readonly scenarios: readonly Scenario[]
  readonly timelines: readonly (Timeline &
    Pick<Row, 'application' | 'deregistration' | 'policy' | 'scenario'>)[]
  readonly args: readonly string[]
  readonly seeds: number
  readonly date: Date
}

const scripts = ['choices.js', 'points.js', 'overview.js', 'rows.js', 'timelines.js', 'report.js']

/** The comparison as a page in one file. */
export function pageOf(run: Run): string {
  const parts = partsOf(run.rows)
  const dom = createRequire(__filename).resolve('@tideway/local-cloud/dom.js')
  return selfContained({
    title: 'Spot droughts: Tideway and its alternatives',
    styles: [uplot.style(), style],
    body: bodyOf(run, parts).text,
    data: { comparison: dataOf(run, parts), 'packed-timelines': timelinesOf(run) },
    scripts: [
      uplot.script(),
      bundled([dom, ...scripts.map((name) => join(__dirname, 'browser', name))]),
    ],
  })
}

function kindOf(policy: Row['policy']): keyof typeof kindTexts {
  if (isOwn({ policy })) return 'tideway'
  return isBound({ policy }) ? 'bound' : 'baseline'
}

const namesOf = ({ rows }: Pick<Run, 'rows'>) =>
  policies.map(({ name }) => name).filter((name) => rows.some(({ policy }) => policy === name))

/** Short, because there are a thousand rows. */
function dataOf(run: Run, parts: readonly Part[]) {
  const digits = (value: number, count: number) => Number(value.toFixed(count))
  const names = namesOf(run)
  const scenarios = [...new Set(parts.map(({ scenario }) => scenario))]
  return {
    everywhere,
    scenarios: scenarios.map((name) => {
      const scenario = run.scenarios.find((one) => one.name === name)
      return {
        name,
        description: scenario?.description ?? 'All scenarios together, weighted by their requests.',
        hours: scenario?.hours,
        capacity: scenario && spotCapacity(scenario),
      }
    }),
    policies: names.map((name) => ({ name, kind: kindOf(name), description: policyTexts[name] })),
    combinations: combinations.map(({ application, deregistration }) => ({
      application: applicationTexts[application],
      deregistration: deregistrationTexts[deregistration],
    })),
    rows: parts.flatMap(({ rows }) =>
      rows.map((row) => ({
        scenario: scenarios.indexOf(row.scenario),
        policy: names.indexOf(row.policy),
        combination: indexOfCombination(row),
        failed: digits(row.failedPerMillion, 2),
        bound: digits(row.unavoidablePerMillion, 2),
        cost: digits(row.cost, 4),
        shortfall: Math.round(row.longestShortfallSeconds),
        bad: Math.round(row.badSeconds),
        beatenBy: bestDominating(row, rows)?.policy,
      })),
    ),
  }
}

function indexOfCombination(row: Pick<Row, 'application' | 'deregistration'>): number {
  return combinations.findIndex(
    ({ application, deregistration }) =>
      application === row.application && deregistration === row.deregistration,
  )
}

/** [second, tasks, the next step, ...] of all zones and pools together. null: unlimited. */
function spotCapacity({ spot, groups = [], hours }: Scenario): (number | null)[] {
  const pools = groups.flatMap(({ isSpot, capacity, tasksPerInstance, maxInstances }) => {
    if (!isSpot || capacity === undefined) return []
    const traces = capacity instanceof CapacityTrace ? [capacity] : Object.values(capacity)
    return traces.map((trace) => ({
      trace,
      tasks: (instances: number) => tasksPerInstance * Math.min(instances, maxInstances),
    }))
  })
  // A scenario on instances uses no Fargate Spot.
  const used =
    pools.length > 0
      ? pools
      : Object.values(spot).map((trace) => ({ trace, tasks: (count: number) => count }))
  const times = new Set(used.flatMap(({ trace }) => trace.steps.map(({ atSeconds }) => atSeconds)))
  return [...times]
    .filter((at) => at < hours * 3600)
    .sort((one, other) => one - other)
    .flatMap((at) => {
      const tasks = used.reduce((sum, { trace, tasks: of }) => sum + of(trace.at(at)), 0)
      return [at, Number.isFinite(tasks) ? tasks : null]
    })
}

/** Compressed by scenario: the page reads those of one scenario at a time. */
function timelinesOf(run: Run): Record<string, string> {
  const names = namesOf(run)
  const byScenario = new Map<string, object[]>()
  for (const { scenario, policy, application, deregistration, ...timeline } of run.timelines) {
    const combination = indexOfCombination({ application, deregistration })
    const entry = { policy: names.indexOf(policy), combination, ...timeline }
    byScenario.set(scenario, [...(byScenario.get(scenario) ?? []), entry])
  }
  return Object.fromEntries(
    [...byScenario].map(([scenario, entries]) => [
      scenario,
      deflateRawSync(JSON.stringify(entries), { level: 9 }).toString('base64'),
    ]),
  )
}

function bodyOf(run: Run, parts: readonly Part[]): Markup {
  const scenarios = run.scenarios.length
  const names = namesOf(run)
  return html`
<header>
<h1>Spot droughts: Tideway and its alternatives</h1>
<p class="lead">AWS sells spare capacity, called ${term('Spot')}, at a discount. It takes it back two minutes after a notice, and sometimes has none: a ${term('drought')}. Tideway runs ECS services on Spot, and covers each drought with tasks ${term('on demand')}. This page compares it with other ways to run the same services: how many requests fail, and what it costs. ${names.length} policies ran in ${scenarios === 1 ? 'one scenario' : `${scenarios} scenarios`}, on the same Spot capacity and with the same random numbers.</p>
<p class="card caution"><strong>Simulated, and not tried on a real AWS account.</strong> All figures come from a simulator of ECS and of Spot capacity. <a href="#assumptions-title">Its assumptions</a> are below.</p>
${facts(run)}
</header>
<main>
${short(parts)}
${goals(parts)}
<section aria-labelledby="overview-title">
<h2 id="overview-title">Cost against failed requests</h2>
<p>Each point is a policy: further left is cheaper, further down fails fewer requests. The line joins the baselines that no other baseline beats. A policy below the line fails fewer requests than any baseline at its cost. Choose one of six cases: what the application does at a notice, and when ECS ${abbr('deregisters', terms['deregistered at the notice'])} the task.</p>
<div class="controls"><label>Scenario <select id="overview-scenario"></select></label></div>
<p id="overview-description" class="soft"></p>
<div id="cases" class="cases" role="group" aria-label="Application, and deregistration by ECS"></div>
<div class="card">
<h3 id="points-title">Policies</h3>
<ul class="legend"><li><svg class="mark tideway" viewBox="-8 -8 16 16" aria-hidden="true"><circle r="6"/></svg>${abbr('Tideway', kindTexts.tideway)}</li><li><svg class="mark baseline" viewBox="-8 -8 16 16" aria-hidden="true"><rect x="-5" y="-5" width="10" height="10"/></svg>${abbr('baseline', kindTexts.baseline)}</li><li><svg class="mark bound" viewBox="-8 -8 16 16" aria-hidden="true"><path d="M0-7 7 0 0 7-7 0z"/></svg>${abbr('bound', kindTexts.bound)}</li><li><svg class="mark line" viewBox="-8 -8 16 16" aria-hidden="true"><path d="M-8-5H0V5H8"/></svg>${abbr('best baselines', terms.frontier)}</li></ul>
<div id="points"></div>
<p id="point" class="readout" role="status">Point at a policy, or move to it by Tab, to read its figures.</p>
</div>
</section>
<section aria-labelledby="rows-title">
<h2 id="rows-title">All scenarios and policies</h2>
<p>Choose a heading to sort by it. <em>Show</em> opens the timeline of a row.</p>
<div id="filters" class="controls"></div>
<p id="row-count" class="soft" role="status"></p>
<div class="card wide rows" tabindex="0" role="region" aria-label="Figures by scenario and policy"><table id="rows"><thead></thead><tbody></tbody></table></div>
</section>
<section aria-labelledby="timelines-title">
<h2 id="timelines-title">Timelines</h2>
<p>What happens in a scenario with each policy${run.seeds > 1 ? html`, with seed 1 of ${run.seeds}` : ''}. All charts have the same time axis, from the start of the scenario. Drag over a chart to zoom, or use the buttons.</p>
<div id="timeline-choices" class="controls"></div>
<fieldset id="timeline-policies" class="chips"><legend>Policies</legend></fieldset>
<p id="timeline-description" class="soft"></p>
<ul class="legend charts"><li class="spot"><i></i>${abbr('serving Spot tasks', terms.Spot)}</li><li class="demand"><i></i>${abbr('serving on-demand tasks, above them', terms['on demand'])}</li><li class="needed"><i></i>desired tasks</li><li class="capacity"><i></i>Spot capacity</li><li class="drought"><i></i>${abbr('drought: capacity below the desired tasks', terms.drought)}</li><li class="failed"><i></i>failed requests a second</li></ul>
<div id="time" class="time"></div>
<div id="timeline-charts" class="timelines"></div>
</section>
${reading(names)}
</main>
<footer><details><summary>Licence of uPlot, which draws the timelines</summary><pre>${uplot.license()}</pre></details></footer>
<noscript><p>The charts and the table need JavaScript. The goals and the assumptions do not.</p></noscript>
`
}

/** The policies that most readers look for first. */
const first: readonly Row['policy'][] = [
  'tideway',
  'tideway-availability',
  'ecs-only',
  'all-on-demand',
]

function short(parts: readonly Part[]): Markup {
  const all = parts.filter(({ scenario }) => scenario === everywhere).flatMap(({ rows }) => rows)
  const range = (values: readonly number[], show: (value: number) => string) => {
    const [least, most] = [show(Math.min(...values)), show(Math.max(...values))]
    return least === most ? least : `${least} to ${most}`
  }
  const cards = first.flatMap((name) => {
    const own = all.filter(({ policy }) => policy === name)
    if (own.length === 0) return []
    const failed = range(
      own.map(({ failedPerMillion }) => failedPerMillion),
      (value) => Math.round(value).toLocaleString('en-US'),
    )
    const cost = range(
      own.map(({ cost }) => cost),
      (value) => value.toFixed(2),
    )
    return [
      html`<li class="card ${kindOf(name) === 'tideway' ? 'own' : ''}"><strong>${name}</strong><b>${failed}</b> failed requests per million<b>${cost}</b> of the ${abbr('cost', terms.cost)} of all tasks on demand</li>`,
    ]
  })
  if (cards.length === 0) return html``
  return html`<section aria-labelledby="short-title"><h2 id="short-title">In short</h2>
<p>All scenarios together, from the best to the worst of the ${combinations.length} cases. A case is what the application does at a notice, and when ECS deregisters its task.</p>
<ul class="short">${cards}</ul></section>`
}

const abbr = (text: string, meaning: string) => html`<abbr title="${meaning}">${text}</abbr>`
const term = (name: keyof typeof terms) => abbr(name, terms[name])

function facts({ args, seeds, date, scenarios }: Run): Markup {
  const hours = scenarios.reduce((sum, scenario) => sum + scenario.hours, 0)
  const changed = scenarios.filter(({ settings }) => settings !== undefined)
  const entries = [
    ['Made', `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['Command', html`<code>${commandOf(args)}</code>`],
    ['Seeds', seeds === 1 ? '1' : `1 to ${seeds}: figures are means, worst values or sums of all`],
    [
      'Simulated',
      `${Math.round(hours)} hours for each policy and case, with ${combinations.length} cases`,
    ],
    [
      'Settings',
      changed.length === 0
        ? 'the defaults of the simulator'
        : `changed by ${changed.map(({ name }) => name).join(', ')}`,
    ],
  ] as const
  return html`<dl class="facts card">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function commandOf(args: readonly string[]): string {
  const quoted = args.map((arg) =>
    /^[\w./:=@%+,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`,
  )
  return ['npm run bench -- policies', ...quoted].join(' ')
}

function goals(parts: readonly Part[]): Markup {
  const scores = scoresOf(parts)
  if (scores.length === 0) {
    return html`<section aria-labelledby="goals-title"><h2 id="goals-title">Goals</h2><p>This run has no policy tideway, so no goal was checked.</p></section>`
  }
  const missed = missedOf(parts)
  return html`<section aria-labelledby="goals-title">
<h2 id="goals-title">Goals, and which are missed</h2>
<p>Tideway has these goals, in each scenario and case, and in all scenarios together.</p>
<ul class="goals">${scores.map(({ name, met, of }) => {
    const verdict = met === of ? 'met' : 'missed'
    return html`<li class="card ${verdict}"><strong>${name}</strong> <span class="score">${verdict}: ${met} of ${of} met</span><br>${goalTexts[name]}</li>`
  })}</ul>
${missed.length === 0 ? html`<p>No goal is missed.</p>` : missedTable(missed)}
</section>`
}

/** For readers, as in the charts. */
function caseOf(combination: string): string {
  const found = combinations.find((one) => combinationOf(one) === combination)
  if (found === undefined) return combination
  return `${applicationTexts[found.application]}, deregistered ${deregistrationTexts[found.deregistration]}`
}

function missedTable(missed: readonly Missed[]): Markup {
  return html`<details open><summary>Where goals are missed, and why</summary>
<p>885 at 0.723 means 885 failed requests per million, at 0.723 of the cost of all tasks on demand. For availability, the first figure is that of tideway-availability.</p>
<div class="card wide" tabindex="0" role="region" aria-label="Missed goals"><table class="missed-goals"><thead><tr><th scope="col">scenario</th><th scope="col">goal</th><th scope="col">missed in</th><th scope="col">worst figure</th><th scope="col">why</th></tr></thead><tbody>${missed.map(
    ({ scenario, goal, times, combination, reason }) =>
      html`<tr><th scope="row">${scenario}</th><td>${goal.name}</td><td>${times} ${times === 1 ? 'case' : 'cases'}</td><td>${goal.figure}<br><span class="soft">${caseOf(combination)}</span></td><td>${reason ?? 'As in the scenarios below.'}</td></tr>`,
  )}</tbody></table></div></details>`
}

function reading(names: readonly Row['policy'][]): Markup {
  const list = (entries: readonly (readonly [string, string])[]) =>
    html`<dl class="words card">${entries.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`
  return html`<section aria-labelledby="policies-title">
<h2 id="policies-title">Policies</h2>
${list(names.map((name) => [name, policyTexts[name]]))}
</section>
<section aria-labelledby="words-title">
<h2 id="words-title">Words</h2>
${list(Object.entries(terms))}
</section>
<section aria-labelledby="assumptions-title">
<h2 id="assumptions-title">What the simulator assumes</h2>
<p>Not tried on a real AWS account. Where AWS documents no value, the simulator has an assumption. These matter most:</p>
<ul class="card assumptions">${assumptions().map((text) => html`<li>${text}</li>`)}</ul>
<p>The README of packages/spot-simulator has every assumption with its source. <code>npm run bench -- robustness</code> changes them one at a time.</p>
</section>`
}
