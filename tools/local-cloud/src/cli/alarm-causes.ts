import { zipSync } from 'fflate'
import type { DroughtSimulation } from '../drought/drought-simulation'
import type { LocalCloud } from '../local-cloud'
import type { StoredAlarm } from '../patches/cloudwatch'

const prefix = 'tideway-local-failover'
const functions = [`${prefix}-reconcile`, `${prefix}-drain`]

/** What sets alarms off until it is ended. */
interface Cause {
  /** The alarms, by their names without the prefix. */
  readonly alarms: RegExp
  start(cloud: LocalCloud, simulation: DroughtSimulation): Promise<() => unknown>
  /** How long it lasts, and how long the alarms take to return to OK. */
  readonly minutes: number
  readonly minutesAfter: number
}

const causes: readonly Cause[] = [
  {
    // First: a drought leaves samples of standby tasks. The simulation loses no dead letters and throttles no function,
    // instances keep room for the worker, and six hours take too long: only the metrics are here. A drill with a broken
    // queue policy sets off `rules-failed` by its cause.
    alarms: /^rules-(failed|lost)$|-(throttles|long-on-demand)$|^(?!api-).*-uncovered$/,
    minutes: 6,
    minutesAfter: 10,
    async start(_, { aws, delivery, monitoring, primaries }) {
      const [rule] = delivery.deployed.rules.filter(({ name }) => name.startsWith(prefix))
      const cover = (StandbyTasks: number, at = aws.now) => {
        for (const { name: Service, clusterName: Cluster } of primaries) {
          monitoring.add('Tideway/Failover', { Cluster, Service }, { StandbyTasks }, at)
        }
      }
      for (let hour = 0; hour < 8; hour++) cover(1, aws.now - hour * 3_600_000)
      const cancel = aws.simulation.every(60, () => {
        const lost = { FailedInvocations: 1, InvocationsFailedToBeSentToDlq: 1 }
        monitoring.add('AWS/Events', { RuleName: rule?.name ?? '' }, lost)
        for (const { name: Service, clusterName: Cluster } of primaries) {
          monitoring.add('Tideway/Failover', { Cluster, Service }, { Uncovered: 1 })
        }
        for (const FunctionName of functions) {
          monitoring.add('AWS/Lambda', { FunctionName }, { Throttles: 1 })
        }
      })
      return () => {
        cancel()
        cover(0)
      }
    },
  },
  {
    alarms: /^(dead|(reconcile|drain)-(errors|late|dead-letters))$/,
    minutes: 10,
    minutesAfter: 15,
    async start({ aws: { lambda, sqs }, zipOf }, simulation) {
      const zips = functions.map((name) => [name, zipOf(name)] as const)
      const empty = zipSync({ 'readme.txt': Buffer.from('empty') })
      for (const [FunctionName] of zips) {
        await lambda.updateFunctionCode({ FunctionName, ZipFile: empty })
      }
      simulation.interruptOne()
      return async () => {
        for (const [FunctionName, ZipFile] of zips) {
          await lambda.updateFunctionCode({ FunctionName, ZipFile })
        }
        for (const name of functions) {
          const { QueueUrl } = await sqs.getQueueUrl({ QueueName: `${name}-dead-letters` })
          await sqs.purgeQueue({ QueueUrl })
        }
      }
    },
  },
  {
    alarms: /^api-uncovered$/,
    minutes: 10,
    minutesAfter: 15,
    async start(_, simulation) {
      const providers = [...simulation.aws.capacityProviders.keys()]
      for (const provider of providers) simulation.setDrought(provider, true)
      return () => {
        for (const provider of providers) simulation.setDrought(provider, false)
      }
    },
  },
]

/** Sets off each deployed alarm of the failover. Returns those that did not go off, or did not return to OK. */
export async function silentAlarms(cloud: LocalCloud): Promise<string[]> {
  const simulation = await cloud.startSimulation(1)
  const own = cloud.alarms.filter(({ name }) => name.startsWith(`${prefix}-`))
  const problems = own
    .filter((alarm) => !causes.some(({ alarms }) => alarms.test(partOf(alarm))))
    .map(({ name }) => `${name}: nothing here sets it off`)
  for (const { alarms, start, minutes, minutesAfter } of causes) {
    const expected = own.filter((alarm) => alarms.test(partOf(alarm)))
    const end = await start(cloud, simulation)
    await simulation.run(minutes * 60)
    await end()
    await simulation.run(minutesAfter * 60)
    for (const { name } of expected) {
      const subjects = simulation.monitoring.alarms.messages.all.map(({ subject }) => subject)
      const states = subjects.filter((subject) => subject.includes(`"${name}"`))
      const isComplete = ['ALARM', 'OK'].every((state, index) => states[index]?.startsWith(state))
      if (!isComplete) problems.push(`${name}: its messages are [${states.join(', ')}]`)
    }
  }
  return problems
}

function partOf({ name }: StoredAlarm): string {
  return name.slice(prefix.length + 1)
}
