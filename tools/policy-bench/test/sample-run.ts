import { combinations } from '../src/job'
import type { Run } from '../src/page/page'
import { policies } from '../src/policies'
import { runPolicy } from '../src/run'
import { TimelineRecorder } from '../src/timeline'
import { droughtScenario } from './support'

/** A short run of some policies, whose scenario has a name that must be escaped. */
export async function sampleRun(name = '<script>alert(1)</script>'): Promise<Run> {
  const scenario = { ...droughtScenario(0.5, 1), name }
  const rows: Run['rows'][number][] = []
  const timelines: Run['timelines'][number][] = []
  for (const policy of policies.filter(({ name: one }) => /^(ecs|base|tideway$|all)/.test(one))) {
    const recorder = new TimelineRecorder(scenario.hours)
    const row = await runPolicy(scenario, policy, () => {}, recorder)
    const timeline = recorder.timeline()
    for (const combination of combinations) {
      rows.push({ ...row, ...combination })
      timelines.push({ scenario: name, policy: policy.name, ...combination, ...timeline })
    }
  }
  const args = ['--traces', "it's <b>", '--report', 'report.html']
  return { rows, timelines, scenarios: [scenario], args, seeds: 1, date: new Date(0) }
}
