import { theme } from './theme'

/** The style of the page. */
export const style = `${theme}
.stop { color: var(--critical) }
.row { content-visibility: auto; contain-intrinsic-size: auto 3rem }
.critical { color: var(--critical) } .high { color: var(--high) } .medium { color: var(--medium) } .low { color: var(--low) }
.severity { font-weight: 700; text-transform: uppercase; font-size: .8rem; letter-spacing: .03em }
dl { display: grid; grid-template-columns: minmax(8rem, 1fr) 2fr; gap: .25rem 1rem; margin: .5rem 0 } dt, dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
form { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem }
label.text { flex: 1 1 12rem } output { flex-basis: 100%; font-size: .875rem; color: var(--soft) }
`

/** The script of the filter. Without it the page shows everything. */
export const script = `
const form = document.querySelector('form')
const rows = [...document.querySelectorAll('.row')].map((element) => ({ element, text: element.textContent.toLowerCase(), stack: element.dataset.stack, severity: element.dataset.severity }))
const groups = [...document.querySelectorAll('[data-group]')]
function filter() {
  const { text, stack, severity } = Object.fromEntries(new FormData(form))
  const words = text.toLowerCase().split(/\\s+/).filter(Boolean)
  let shown = 0
  for (const row of rows) {
    const fits = (!stack || row.stack === stack) && (!severity || row.severity === severity) && words.every((word) => row.text.includes(word))
    if (row.element.hidden === fits) row.element.hidden = !fits
    if (fits) shown++
  }
  for (const group of groups) group.hidden = !group.querySelector('.row:not([hidden])')
  form.querySelector('output').textContent = shown === rows.length ? rows.length + ' findings and changes' : shown === 0 ? 'Nothing matches.' : shown + ' of ' + rows.length + ' findings and changes'
}
form.hidden = false
form.addEventListener('input', filter)
form.addEventListener('submit', (event) => event.preventDefault())
filter()
`
