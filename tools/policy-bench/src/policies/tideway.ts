import { SimulatedController } from '@tideway/failover-lambda/harness'
import { type Policy, spot } from '../policy'

/**
 * The deployed handlers behind the deployed rules, queues and mappings, with default settings. The pairs have the
 * default policy too: their tags contain only names.
 */
export const tideway: Policy = {
  name: 'tideway',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    const problems: string[] = []
    const controller = new SimulatedController(account, {
      onLog: (line) => {
        if (line.level === 'error') problems.push(JSON.stringify(line))
      },
    })
    const mappings = controller.start()
    const errors = () =>
      mappings.flatMap(({ invocations }) => invocations.flatMap(({ error }) => error ?? []))
    return { problems: () => [...problems, ...errors().map(String)] }
  },
}
