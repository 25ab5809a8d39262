// Writes the review of one environment into the comment of a pull request, which has a section for each environment.
// Their reviews end at different times: some wait for an approval.
//
//   GH_REPO       the repository, as owner/name; `gh` needs the permission pull-requests: write
//   NUMBER        the pull request
//   COMMIT        the commit that was reviewed
//   ENVIRONMENT   the environment that was reviewed
//   ENVIRONMENTS  all environments with a review, separated by spaces
//   REVIEW        the file with the review; without it, the plan failed
const { existsSync, readFileSync } = require('node:fs')
const { api, list, main, runUrl, variable } = require('./github.cjs')

/** The first line of a review, which identifies the comment. */
const mark = '<!-- tideway plan review -->'

main(() => {
  const number = variable('NUMBER', 'the number of the pull request')
  const commit = variable('COMMIT', 'the commit that was reviewed')
  const reviewed = variable('ENVIRONMENT', 'the environment that was reviewed')
  const environments = variable('ENVIRONMENTS', 'all environments with a review').trim()
  const file = variable('REVIEW', 'the file with the review')
  const previous = list(`issues/${number}/comments?`).find(
    ({ user, body }) => user?.login === 'github-actions[bot]' && body?.startsWith(mark),
  )

  /** @param {string} environment */
  const sectionOf = (environment) => {
    const start = `<!-- tideway plan review of ${environment} at ${commit} -->`
    const end = `<!-- end of ${environment} -->`
    if (environment === reviewed) {
      // The branch wrote it, and must not end its section.
      const review = existsSync(file)
        ? readFileSync(file, 'utf8').replace(mark, '').replaceAll('<!--', '&lt;!--').trim()
        : `**Could not be planned.** Read the log: ${runUrl()}`
      return `${start}\n# ${environment}\n\n${review}\n${end}`
    }
    // A section of an older commit is not kept.
    const [, kept] = previous?.body.split(start) ?? []
    if (kept !== undefined) return `${start}${kept.split(end)[0]}${end}`
    return `${start}\n# ${environment}\n\nNot planned yet.\n${end}`
  }

  const body = [mark, ...environments.split(/\s+/).map(sectionOf)].join('\n')
  if (previous) api(`issues/comments/${previous.id}`, { method: 'PATCH', body: { body } })
  else api(`issues/${number}/comments`, { method: 'POST', body: { body } })
})
