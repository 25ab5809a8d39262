import { theme } from '@tideway/plan-review/theme'

export const style = `${theme}
html { scroll-padding-bottom: 6rem }
header, main, .moments .inner { max-width: 90rem } header { padding-bottom: 0 } main { padding-top: 0 }
main { display: grid; gap: 0 1.5rem; grid-template-columns: minmax(0, 1fr) } main > div, main > section { min-width: 0 }
@media (min-width: 64rem) { main { grid-template: "side content" auto "events content" 1fr / 24rem minmax(0, 1fr) } .side { grid-area: side } .content { grid-area: content } .events { grid-area: events } .events .timeline { max-height: 60rem } }
h2 { margin-top: 1.25rem }
.bad { color: var(--critical) } .warning { color: var(--medium) } .good { color: var(--plus) }
#status { font-size: 1.15rem; font-weight: 600 }
#clock { font-variant-numeric: tabular-nums }
.announcement { border-color: var(--plus); border-left-width: .35rem; font-weight: 600 }
.controls { display: flex; flex-wrap: wrap; gap: .5rem } .controls + .controls { margin-top: .75rem }
.controls button { flex: 1 1 40%; font-size: .9375rem; padding-inline: .5rem } .controls label { flex: 1 1 100% } .controls select { width: 100% }
button { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: .35rem; padding: .45rem .8rem; min-height: 2.75rem; cursor: pointer }
button:hover:enabled { border-color: var(--accent) } button:disabled { color: var(--soft); cursor: default }
button[aria-pressed="true"] { color: var(--card); background: var(--high); border-color: var(--high); font-weight: 600 }
select { min-height: 2.75rem; max-width: 100% }
.tiles { display: grid; gap: .5rem 1rem; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); font-variant-numeric: tabular-nums }
.tiles dt { color: var(--soft); font-size: .875rem } .tiles dd { margin: 0; font-size: 1.4rem; white-space: nowrap; font-weight: 600; line-height: 1.25 }
.services { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)) }
.services .card { margin: 0; min-width: 0 }
h3 { font-size: 1rem; margin: 0 0 .25rem } .legend + h3 { margin-top: .75rem }
.numbers, .felt { font-variant-numeric: tabular-nums }
.chart { margin: .25rem 0 .5rem; cursor: crosshair }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; color: var(--soft); margin: 0; padding: 0; list-style: none }
.legend i { display: inline-block; width: 1.1rem; height: .3rem; margin-right: .35rem; vertical-align: middle; border-radius: 1px }
.legend .spot i, .legend .tideway i { background: var(--plus) } .legend .demand i { background: var(--high) }
.legend .failed i, .legend .without i { background: var(--critical) } .legend .rate i { background: var(--low) }
.legend .drought i { height: .8rem; background: var(--high); opacity: .3 }
.legend .desired i, .legend .slow i, .legend .on-demand i { height: 0; border-top: 2px dashed var(--ink) }
.legend .slow i { border-color: var(--medium) } .legend .on-demand i { border-color: var(--low) }
tbody { font-variant-numeric: tabular-nums } tbody th { font-weight: 400; color: var(--ink); white-space: normal; min-width: 7.5rem } tbody tr:last-child th { border-bottom: 0 }
tbody td:last-child { min-width: 9rem } #policies td:last-child { min-width: 0 } #policies thead th { white-space: normal } #policies td { white-space: nowrap }
#policy-rows th::before { content: ""; display: inline-block; width: .7rem; height: .7rem; margin-right: .4rem; border-radius: 2px; background: var(--plus) } #policy-rows .without th::before { background: var(--critical) } #policy-rows .on-demand th::before { background: var(--low) }
.stacks { list-style: none; padding: 0 } .stacks li { display: grid; grid-template-columns: 5rem 1fr auto; gap: 0 .75rem; align-items: center; padding: .2rem 0; font-variant-numeric: tabular-nums } .stacks li > :last-child { grid-column: 1 / -1; font-size: .875rem }
#critical-path ol { margin: 0; font-size: .875rem; color: var(--soft) } .card > ul, .card > ul.legend { margin-top: .25rem } ul.card { padding-left: 2rem }
progress { width: 100%; height: .8rem; accent-color: var(--plus) }
.timeline { max-height: 24rem; overflow-y: auto; list-style: none; padding: .25rem; font-variant-numeric: tabular-nums }
.timeline button { display: grid; grid-template-columns: 4.5rem 1fr; gap: 0 .5rem; line-height: 1.35; width: 100%; min-height: 0; padding: .2rem .5rem; text-align: left; background: none; border-color: transparent; overflow-wrap: anywhere } .timeline button > :last-child { grid-column: 1 / -1 }
.timeline button[aria-current] { border-color: var(--accent); background: var(--ground) }
.timeline time, .timeline .kind { color: var(--soft) } .timeline .decision { color: var(--accent) } .timeline .market { color: var(--high) } .timeline .alarm { color: var(--critical) }
.schedules summary { cursor: pointer; overflow-wrap: anywhere; padding: .35rem 0 } .schedules span { display: block; font-variant-numeric: tabular-nums } .schedules ul { margin: 0 0 .5rem; font-size: .9375rem }
.schedules summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.problems { max-height: 11rem; overflow-y: auto }
.wide:focus-visible, .problems:focus-visible, #why:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.moments { position: sticky; bottom: 0; background: var(--card); border-top: 1px solid var(--line) }
.moments .inner { margin: 0 auto; padding: .5rem 1rem }
.moments h2 { margin: 0 0 .25rem; font-size: 1rem; overflow-wrap: anywhere }
#why { max-height: 38vh; overflow-y: auto; padding-bottom: .5rem }
.facts { margin: 0; font-variant-numeric: tabular-nums } .facts div { display: grid; grid-template-columns: 6rem 1fr; gap: .5rem } .facts dt { color: var(--soft) } .facts dd { margin: 0; overflow-wrap: anywhere }
.scrubber { display: flex; gap: .75rem; align-items: center } .scrubber input { flex: 1; min-width: 4rem; padding: 0; min-height: 2.75rem; accent-color: var(--accent) }
.scrubber output { min-width: 7.5rem; font-variant-numeric: tabular-nums }
@media (max-width: 40rem) {
  #policies { font-size: .9375rem } #policies th { min-width: 5.25rem; overflow-wrap: normal } #policies thead th { min-width: 0 } #policies td { padding-right: .5rem }
  .tiles { grid-template-columns: 1fr 1fr } .tiles dd { font-size: 1.25rem }
    .scrubber { flex-wrap: wrap; gap: 0 .75rem } .scrubber input { flex: 1 0 100%; order: 3 } .scrubber output { flex: 1 }
  .facts div { grid-template-columns: 1fr; gap: 0; margin-bottom: .35rem }
}
@media print { #controls, .moments { display: none } .timeline { max-height: none } }
`
