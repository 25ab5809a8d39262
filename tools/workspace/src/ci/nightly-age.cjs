// Fails three days after the last nightly run that passed. GitHub disables a schedule after 60 days without activity
// in the repository, without a message, so the workflow itself cannot report it. A run of any branch counts: where main
// fails, the branch that corrects it can pass.
//
//   GH_REPO  the repository, as owner/name; `gh` needs the permission actions: read
const { StepError, api, main } = require('./github.cjs')

main(() => {
  const { state, created_at: created } = api('actions/workflows/nightly.yml')
  const query = 'status=success&per_page=1'
  const passed = api(`actions/workflows/nightly.yml/runs?${query}`).workflow_runs[0]?.created_at
  const days = (Date.now() - Date.parse(passed ?? created)) / 86_400_000
  if (state === 'active' && days < 3) return
  throw new StepError(
    `The workflow nightly.yml must pass every three days; it is ${state} and last passed ${passed ?? 'never'}. If the state is disabled_inactivity, run: gh workflow enable nightly.yml. To bring a fix, run it on your branch: gh workflow run nightly.yml --ref BRANCH`,
  )
})
