import { join } from 'node:path'
import { bundled, documentOf, selfContained, uplot } from './document'
import type { ConsoleState } from './state'
import { style } from './style'

const linked = `<link rel="stylesheet" href="/uplot.css">
<link rel="stylesheet" href="/console.css">
<script src="/uplot.js" defer></script>
<script src="/console.js" defer></script>`

/** The elements that the scripts fill. */
const body = `
<header>
<h1>Tideway on this machine</h1>
<p id="status" role="status">connecting</p>
<p id="clock" class="soft">&nbsp;</p>
<p id="programs" class="soft" hidden></p>
<p id="deployment-text" class="soft" hidden></p>
<p id="phase" role="status" class="card announcement" hidden></p>
</header>
<main>
<div class="side">
<section id="controls" aria-labelledby="market">
<h2 id="market">Spot market</h2>
<div class="card">
<div id="market-buttons" class="controls"></div>
<div id="release-buttons" class="controls" role="group" aria-label="Releases"></div>
<div id="settings" class="controls"></div>
</div>
</section>
<section id="deployment" aria-labelledby="deployment-title" hidden>
<h2 id="deployment-title">Deployment</h2>
<div class="card">
<ul id="deployment-stacks" class="stacks"></ul>
<div id="critical-path" hidden><h3>Critical path</h3><ol></ol></div>
</div>
</section>
</div>
<div class="content">
<section id="problems" aria-labelledby="problems-title" hidden>
<h2 id="problems-title" class="bad">Problems</h2>
<ul class="card problems" tabindex="0" aria-labelledby="problems-title"></ul>
</section>
<section aria-labelledby="now-title">
<h2 id="now-title">What users feel</h2>
<dl id="tiles" class="tiles card"></dl>
</section>
<section id="felt" aria-label="Compared with other policies" hidden>
<div class="card">
<ul class="legend">
<li class="tideway"><i></i>with Tideway</li>
<li class="without"><i></i>without Tideway</li>
<li class="on-demand"><i></i>all on demand</li>
<li class="drought"><i></i>drought</li>
</ul>
<h3>Failed requests a second</h3>
<div id="policy-failed" class="chart" role="img" aria-label="Failed requests a second"></div>
<h3>Tasks that serve</h3>
<div id="policy-serving" class="chart" role="img" aria-label="Tasks that serve"></div>
<div id="policies" class="wide" tabindex="0" role="region" aria-label="The policies since the start" hidden>
<table><thead><tr><th scope="col">policy</th><th scope="col">failed requests</th><th scope="col">longest loss of tasks</th><th scope="col">cost</th></tr></thead><tbody id="policy-rows"></tbody></table>
</div>
</div>
</section>
<section aria-labelledby="services-title">
<h2 id="services-title">Services</h2>
<div id="services" class="services"></div>
<p class="soft">The last two hours of simulated time. Click a chart to choose a moment. On-Demand tasks are stacked on Spot tasks.</p>
</section>
<section id="failures" aria-labelledby="failures-title" hidden>
<h2 id="failures-title">Failed requests</h2>
<div class="card wide" tabindex="0" role="region" aria-label="Causes of failed requests">
<table><thead><tr><th scope="col">cause</th><th scope="col">requests</th></tr></thead><tbody id="failure-rows"></tbody></table>
</div>
</section>
<section id="releases" aria-labelledby="releases-title" hidden>
<h2 id="releases-title">Releases</h2>
<div class="card wide" tabindex="0" role="region" aria-label="Progress of releases">
<table><thead><tr><th scope="col">service</th><th scope="col">state</th><th scope="col">traffic</th><th scope="col">detail</th></tr></thead><tbody id="release-rows"></tbody></table>
</div>
</section>
<section id="schedules" aria-labelledby="schedules-title" hidden>
<h2 id="schedules-title">Scheduled runs</h2>
<div id="schedule-rows" class="card schedules"></div>
</section>
<section aria-labelledby="cost-title">
<h2 id="cost-title">Cost</h2>
<div class="card wide" tabindex="0" role="region" aria-label="Cost of each service">
<table><thead><tr><th scope="col">service</th><th scope="col">compared with On-Demand</th><th scope="col">longest loss of tasks</th></tr></thead><tbody id="cost"></tbody></table>
</div>
</section>
<section aria-labelledby="stacks-title">
<h2 id="stacks-title">Stacks</h2>
<div id="stacks"></div>
</section>
</div>
<section class="events" aria-labelledby="timeline-title">
<h2 id="timeline-title">Timeline</h2>
<p class="soft">Enter or a click on an entry says why.</p>
<ol id="timeline" class="card timeline" aria-labelledby="timeline-title"></ol>
</section>
</main>
<aside class="moments" aria-label="Moment">
<div class="inner">
<div id="why" role="region" aria-labelledby="why-title" tabindex="0" hidden>
<h2 id="why-title" aria-live="polite"></h2>
<dl id="why-facts" class="facts"></dl>
</div>
<div class="scrubber">
<label for="moment">Moment</label>
<input id="moment" type="range" min="0" max="0" step="10" value="0">
<output id="moment-text" for="moment"></output>
<button id="live" type="button" disabled>Back to live</button>
</div>
</div>
</aside>
`

/** The live page, which gets updates from the server. */
export const page = documentOf('Tideway on this machine', linked, `<body>${body}</body>`)

/** A self-contained page with the state at one moment. */
export function report(state: ConsoleState): string {
  const { script, uplot, uplotStyle } = assets()
  return selfContained({
    title: 'Tideway: a drill',
    styles: [uplotStyle, style],
    body,
    data: { state },
    scripts: [uplot, script],
  })
}

const scripts = [
  'dom.js',
  'history.js',
  'charts.js',
  'controls.js',
  'panels.js',
  'moments.js',
  'console.js',
]

/** The scripts and the style of uPlot. */
export function assets() {
  return {
    script: bundled(scripts.map((name) => join(__dirname, 'browser', name))),
    uplot: uplot.script(),
    uplotStyle: uplot.style(),
  }
}
