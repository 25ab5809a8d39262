// Creates or updates the comment of a pull request, with the review of each environment.
//
//   GH_REPO       the repository, as owner/name; `gh` needs the permission pull-requests: write
//   NUMBER        the pull request
//   REVIEWS       a folder with review-<environment>/review.md, as the review jobs upload them
//   ENVIRONMENTS  the environments, separated by spaces; one without a review could not be planned
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { api, list, main, runUrl, variable } = require('./github.cjs')

/** The first line of a review, which identifies the comment. */
const mark = '<!-- tideway plan review -->'

main(() => {
  const number = variable('NUMBER', 'the number of the pull request')
  const folder = variable('REVIEWS', 'the folder with the reviews')
  const environments = variable('ENVIRONMENTS', 'the environments').trim().split(/\s+/)
  const sections = environments.map((environment) => {
    const file = join(folder, `review-${environment}`, 'review.md')
    if (!existsSync(file)) {
      return `# ${environment}\n\n**Could not be planned.** Read the log: ${runUrl()}\n`
    }
    return `# ${environment}\n\n${readFileSync(file, 'utf8').replace(mark, '').trim()}\n`
  })
  const body = `${mark}\n${sections.join('\n')}`
  const previous = list(`issues/${number}/comments?`).find(
    (comment) => comment.user.login === 'github-actions[bot]' && comment.body.startsWith(mark),
  )
  if (previous) api(`issues/comments/${previous.id}`, { method: 'PATCH', body: { body } })
  else api(`issues/${number}/comments`, { method: 'POST', body: { body } })
})
