// Deletes the plans of this run once no job needs them: they contain secrets in plain text.
//
//   GH_REPO        the repository, as owner/name; `gh` needs the permission actions: write
//   GITHUB_RUN_ID  this run
//   PLANS          the name of the artifact
const { api, main, variable } = require('./github.cjs')

main(() => {
  const name = variable('PLANS', 'the name of the artifact with the plans')
  const run = variable('GITHUB_RUN_ID', 'the id of this run')
  const { artifacts } = api(`actions/runs/${run}/artifacts?name=${name}&per_page=100`)
  for (const { id } of artifacts) api(`actions/artifacts/${id}`, { method: 'DELETE' })
  console.log(`${artifacts.length} deleted: ${name}`)
})
