/**
 * Colours, type and spacing of every page of Tideway: the plan review, and the console of the local cloud.
 * Colour is never the only indicator: a word accompanies it.
 */
export const theme = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4;
  --critical: #b42318; --high: #a8480a; --medium: #7a5b00; --low: #0b5cad; --plus: #0f6b35; --code: #eef1f4; --accent: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --ground: #0e1217; --card: #161b22; --ink: #e6edf3; --soft: #9aa5b1; --line: #30363d;
  --critical: #ff8f87; --high: #ffab70; --medium: #e9c46a; --low: #79b8ff; --plus: #6fdd8b; --code: #20262e; --accent: #79b8ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
header, main { max-width: 68rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } p { margin: .4rem 0 } ul { margin: .4rem 0; padding-left: 1.25rem }
.soft { color: var(--soft) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: .5rem 0; overflow-wrap: anywhere }
code { background: var(--code); border-radius: .25rem; padding: .05rem .3rem; font: .875em ui-monospace, monospace; overflow-wrap: anywhere }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 600; white-space: nowrap } td { overflow-wrap: normal } td:first-child { min-width: 9rem } tr:last-child td { border-bottom: 0 }
summary { cursor: pointer; padding: .25rem 0 } summary:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
label { display: grid; gap: .2rem; font-size: .875rem; color: var(--soft) } input, select { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: .35rem; padding: .4rem .5rem; min-width: 8rem }
[hidden] { display: none !important }
`
