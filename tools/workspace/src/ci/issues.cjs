// Keeps one open issue for each failing report: opens it, updates it while it fails, and closes it when it passes.
//
//   GH_REPO  the repository, as owner/name; `gh` needs the permission issues: write
//   REPORTS  a folder of reports, each { title, result, body }, or else one report:
//   TITLE    its title
//   RESULT   `success`, `skipped`, or anything else for a failure
//   ADVICE   what to do
//
// The first line of the body identifies the issue, or else its title. Of several open ones, the oldest is kept.
const { existsSync, readFileSync, readdirSync } = require('node:fs')
const { join } = require('node:path')
const { api, list, main, runUrl, variable } = require('./github.cjs')

/** @typedef {{ title: string, result: string, body: string }} Report */

/** @returns {Report[]} */
function readReports() {
  const folder = process.env.REPORTS
  if (!folder) {
    const title = variable('TITLE', 'the title of the issue')
    const result = variable('RESULT', 'the result of the job')
    const body = `Failed: ${runUrl()}\n\n${process.env.ADVICE ?? ''}`
    return [{ title, result, body }]
  }
  // Without an artifact there is no folder: no environment could be checked.
  if (!existsSync(folder)) return []
  return readdirSync(folder, { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
}

main(() => {
  const reports = readReports().filter(({ result }) => result !== 'skipped')
  if (reports.length === 0) return
  const open = list('issues?state=open&creator=github-actions%5Bbot%5D')
    .filter((issue) => issue.pull_request === undefined)
    .sort((one, other) => one.number - other.number)
  for (const { title, result, body: text } of reports) {
    const mark = `<!-- tideway report: ${title} -->`
    const body = `${mark}\n${text}`
    const [first, ...duplicates] = open.filter(
      (issue) => issue.title === title || issue.body?.startsWith(mark),
    )
    const failed = result !== 'success'
    if (failed && first === undefined) {
      api('issues', { method: 'POST', body: { title, body } })
      console.log(`opened: ${title}`)
    } else if (failed) {
      // The body has the newest result. A comment each night would be noise.
      api(`issues/${first.number}`, { method: 'PATCH', body: { body } })
      console.log(`updated #${first.number}: ${title}`)
    }
    for (const { number } of failed ? duplicates : first ? [first, ...duplicates] : []) {
      const comment = failed ? `Duplicate of #${first.number}.` : `Passed: ${runUrl()}`
      api(`issues/${number}/comments`, { method: 'POST', body: { body: comment } })
      api(`issues/${number}`, { method: 'PATCH', body: { state: 'closed' } })
      console.log(`closed #${number}: ${title}`)
    }
  }
})
