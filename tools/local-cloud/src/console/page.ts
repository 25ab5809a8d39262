import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { theme } from '@tideway/plan-review/theme'
import type { ConsoleState } from './state'

const linked = `<link rel="stylesheet" href="/uplot.css">
<link rel="stylesheet" href="/console.css">
<script src="/uplot.js" defer></script>
<script src="/console.js" defer></script>`

/** The elements that console.js fills. */
const body = `<body>
<header>
<h1>Tideway on this machine</h1>
<p id="status" role="status">connecting</p>
<p id="clock" class="soft">&nbsp;</p>
</header>
<main>
<section aria-labelledby="market">
<h2 id="market">Spot market</h2>
<div id="controls" class="card controls"></div>
</section>
<section id="problems" aria-labelledby="problems-title" hidden>
<h2 id="problems-title" class="bad">Problems</h2>
<ul></ul>
</section>
<section aria-labelledby="services-title">
<h2 id="services-title">Services</h2>
<div id="services" class="services"></div>
<p class="soft">The last two hours of simulated time. On-Demand tasks are stacked on Spot tasks.</p>
</section>
<section aria-labelledby="cost-title">
<h2 id="cost-title">Cost</h2>
<div class="card wide" tabindex="0" role="region" aria-label="Cost of each service">
<table><thead><tr><th scope="col">service</th><th scope="col">compared with On-Demand</th><th scope="col">longest shortfall</th></tr></thead><tbody id="cost"></tbody></table>
</div>
</section>
<section aria-labelledby="timeline-title">
<h2 id="timeline-title">Timeline</h2>
<ol id="timeline" class="card timeline" tabindex="0" aria-labelledby="timeline-title"></ol>
</section>
<section aria-labelledby="stacks-title">
<h2 id="stacks-title">Deployed stacks</h2>
<div id="stacks"></div>
</section>
</main>
`

/** The live page, which gets updates from the server. */
export const page = documentOf('Tideway on this machine', linked, `${body}</body>`)

/** A self-contained page with the state at one moment. */
export function report(state: ConsoleState): string {
  const { script, uplot, uplotStyle } = assets()
  // Escaped, so that no text can end the script element.
  const data = JSON.stringify(state).replaceAll('<', '\\u003c')
  const hashes = [uplot, script].map(hashOf).join(' ')
  const policy = `default-src 'none'; style-src ${[uplotStyle, style].map(hashOf).join(' ')}; script-src ${hashes}; img-src data:; base-uri 'none'; form-action 'none'`
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${uplotStyle}</style>
<style>${style}</style>`
  const end = `<script type="application/json" id="state">${data}</script>
<script>${uplot}</script>
<script>${script}</script>
</body>`
  return documentOf('Tideway: a drill', head, `${body}${end}`)
}

/** The scripts and the style of uPlot. */
export function assets() {
  const uplot = (file: string) => readFileSync(require.resolve(`uplot/dist/${file}`), 'utf8')
  return {
    script: readFileSync(join(__dirname, 'console.js'), 'utf8'),
    uplot: uplot('uPlot.iife.min.js'),
    uplotStyle: uplot('uPlot.min.css'),
  }
}

function documentOf(title: string, head: string, rest: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
${head}
</head>
${rest}
</html>
`
}

function hashOf(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}

export const style = `${theme}
.bad { color: var(--critical) }
#status { font-size: 1.15rem; font-weight: 600 }
#clock { font-variant-numeric: tabular-nums }
.controls { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end }
button { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: .35rem; padding: .45rem .8rem; min-height: 2.75rem; cursor: pointer }
button:hover { border-color: var(--accent) }
button[aria-pressed="true"] { color: var(--card); background: var(--high); border-color: var(--high); font-weight: 600 }
.services { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)) }
.services .card { margin: 0; min-width: 0 }
h3 { font-size: 1rem; margin: 0 0 .25rem }
.chart { min-height: 220px; margin-top: .5rem }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; color: var(--soft); margin: 0; padding: 0; list-style: none }
.legend i { display: inline-block; width: 1.1rem; height: .3rem; margin-right: .35rem; vertical-align: middle; border-radius: 1px }
.legend .desired i { height: 0; border-top: 2px dashed var(--ink) } .legend .spot i { background: var(--plus) } .legend .demand i { background: var(--high) }
.timeline { max-height: 22rem; overflow-y: auto; list-style: none; padding-left: 1rem; font-variant-numeric: tabular-nums }
.timeline li { display: grid; grid-template-columns: 4.5rem 5.5rem 1fr; gap: .5rem; padding: .15rem 0 }
.timeline time, .timeline .kind { color: var(--soft) } .timeline .decision { color: var(--accent) } .timeline .market { color: var(--high) } .timeline .alarm { color: var(--critical) }
@media (max-width: 40rem) { .timeline li { grid-template-columns: 4rem 1fr } .timeline li > :last-child { grid-column: 1 / -1 } }
.timeline:focus-visible, .wide:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
@media print { .controls { display: none } .timeline { max-height: none } }
`
