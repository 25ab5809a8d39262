// Fails three days after the last nightly run that passed. GitHub disables a schedule after 60 days without activity
// in the repository, without a message, so the workflow itself cannot report it.
//
//   GH_REPO  the repository, as owner/name; `gh` needs the permission actions: read
const { StepError, api, main } = require('./github.cjs')

main(() => {
  const { state, created_at: created } = api('actions/workflows/nightly.yml')
  const query = 'branch=main&status=success&per_page=1'
  const passed = api(`actions/workflows/nightly.yml/runs?${query}`).workflow_runs[0]?.created_at
  const days = (Date.now() - Date.parse(passed ?? created)) / 86_400_000
  if (state === 'active' && days < 3) return
  throw new StepError(
    `The nightly property tests must pass every three days; they are ${state} and last passed ${passed ?? 'never'}. See the runs of nightly.yml. If the state is disabled_inactivity, run: gh workflow enable nightly.yml`,
  )
})
