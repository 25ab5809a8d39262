import {
  accessDenied,
  crash,
  drought,
  type Fault,
  failAfter,
  failNth,
  serverError,
  throttling,
  timeout,
} from '@tideway/spot-simulator'
import type { QueueEvent } from '../src/batch'
import type { HandlerName } from '../src/event-rules'
import { DirectAccount, type SimulatedAccount } from './simulated-account'
import { type Release, SimulatedController, thisRelease } from './simulated-controller'

interface Call {
  readonly service: 'dynamodb' | 'ecs' | 'elasticloadbalancing' | 'sns' | 'sqs'
  readonly operation: string
  /** Part of the input, where the controller calls one operation for several reasons. */
  readonly containing?: string
}

/** Every call of a sweep, of a reconcile that covers, and of a notice, in this order. */
const calls: Readonly<Record<string, Call>> = {
  'sweep: open pairs (Query)': { service: 'dynamodb', operation: 'Query' },
  'sweep: page (ListServices)': { service: 'ecs', operation: 'ListServices' },
  'sweep: position (PutItem)': {
    service: 'dynamodb',
    operation: 'PutItem',
    containing: '#sweep',
  },
  'sweep: requests (SendMessageBatch)': { service: 'sqs', operation: 'SendMessageBatch' },
  'reconcile: hold (DescribeClusters)': { service: 'ecs', operation: 'DescribeClusters' },
  'reconcile: record (BatchGetItem)': {
    service: 'dynamodb',
    operation: 'BatchGetItem',
    containing: 'main/api',
  },
  'reconcile: services (DescribeServices)': { service: 'ecs', operation: 'DescribeServices' },
  'reconcile: tasks (ListTasks)': { service: 'ecs', operation: 'ListTasks' },
  'reconcile: tasks (DescribeTasks)': { service: 'ecs', operation: 'DescribeTasks' },
  'reconcile: health (DescribeTargetHealth)': {
    service: 'elasticloadbalancing',
    operation: 'DescribeTargetHealth',
  },
  'reconcile: decision (PutItem)': {
    service: 'dynamodb',
    operation: 'PutItem',
    containing: '\\"alert\\":\\"covering\\"',
  },
  'reconcile: standby (UpdateService)': { service: 'ecs', operation: 'UpdateService' },
  'reconcile: alert (Publish)': { service: 'sns', operation: 'Publish', containing: 'covering' },
  'reconcile: alert is sent (PutItem)': {
    service: 'dynamodb',
    operation: 'PutItem',
    containing: '\\"told\\":[\\"covering\\"]',
  },
  'notice: target (DeregisterTargets)': {
    service: 'elasticloadbalancing',
    operation: 'DeregisterTargets',
  },
  'notice: interruption (Publish)': {
    service: 'sns',
    operation: 'Publish',
    containing: 'Spot interrupts',
  },
}

const faults: Readonly<Record<string, Fault>> = {
  throttling,
  'server error': serverError,
  timeout,
  'access denied': accessDenied,
  crash,
}

/** Only writes can fail after their effect, and only these faults lose the response. */
const isWrite = ({ operation }: Call) => /^(Put|Publish|Deregister)/.test(operation)
const losesResponse = (fault: string) => fault === 'timeout' || fault === 'crash'

export interface FaultCase {
  readonly call: string
  readonly isAfterEffect: boolean
  readonly fault: string
}

export const faultCases: readonly FaultCase[] = Object.entries(calls).flatMap(([call, made]) => [
  ...Object.keys(faults).map((fault) => ({ call, isAfterEffect: false, fault })),
  ...(isWrite(made) ? Object.keys(faults).filter(losesResponse) : []).map((fault) => ({
    call,
    isAfterEffect: true,
    fault,
  })),
])

export interface FaultOutcome {
  /** The highest and the last desired count that the standby was given. */
  readonly written: string
  /** The subjects of the alerts, without repeats. */
  readonly alerts: readonly string[]
  /** The number of interruptions that were reported, without repeats. */
  readonly interruptions: number
  /** The messages whose second receive was needed, by the function that receives them. */
  readonly receivedAgain: readonly string[]
  /** The subjects of repeated alerts. */
  readonly repeatedAlerts: readonly string[]
  readonly repeatedInterruptions: number
  /** How often the call failed, and the messages in the dead-letter queues. */
  readonly failures: number
  readonly deadLetters: number
}

/** What one fault leads to: three tasks lose Spot, and the first such call after that fails. Undefined: no fault. */
export async function outcomeOf(fault: FaultCase | undefined): Promise<FaultOutcome> {
  const capacity = drought({ fromSeconds: 60, toSeconds: 90 })
  const account = new DirectAccount({ fargateSpot: capacity })
  const { aws, loadBalancers } = account
  const controller = new SimulatedController(account)
  const receivedAgain = new Set<string>()
  controller.deploy(withReceives((name) => receivedAgain.add(name)))
  controller.start()
  const targetGroupArn = loadBalancers.createTargetGroup({ name: 'api', port: 80 })
  const { standby } = account.addPair('api', {
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 80 }],
  })
  await aws.run(59)
  const failures = fault === undefined ? () => 0 : inject(fault, account, controller)
  // A message that failed returns after a minute.
  await aws.run(150)
  for (let step = 0; step < 60 && standby.desiredCount > 0; step++) await aws.run(10)

  const counts = account.writes
    .filter((write) => write.error === undefined)
    .flatMap(({ input }) => (input.desiredCount === undefined ? [] : [Number(input.desiredCount)]))
  const first = new Map<string | undefined, string>()
  const repeated: string[] = []
  for (const { attributes, subject = '' } of controller.sns.messages) {
    if (first.has(attributes.id)) repeated.push(subject)
    else first.set(attributes.id, subject)
  }
  const isInterruption = (subject: string) => subject.startsWith('Spot interrupts')
  const isAlert = (subject: string) => !isInterruption(subject)
  return {
    written: `${Math.max(...counts)}, ${counts.at(-1)}`,
    alerts: [...first.values()].filter(isAlert),
    interruptions: [...first.values()].filter(isInterruption).length,
    receivedAgain: [...receivedAgain],
    repeatedAlerts: repeated.filter(isAlert),
    repeatedInterruptions: repeated.filter(isInterruption).length,
    failures: failures(),
    deadLetters: handlerNames.reduce(
      (sum, name) => sum + controller.queue(name, 'dead-letters').counts().visible,
      0,
    ),
  }
}

/** @returns how often the call has failed */
function inject(
  { call, isAfterEffect, fault }: FaultCase,
  { aws, loadBalancers }: SimulatedAccount,
  { dynamodb, sns }: SimulatedController,
): () => number {
  const { service, operation, containing = '' } = calls[call] as Call
  const input = (sent: object) => JSON.stringify(sent).includes(containing)
  let failures = 0
  const counted: Fault = (failed) => {
    failures++
    return (faults[fault] as Fault)(failed)
  }
  if (isAfterEffect) {
    const models = { dynamodb, elasticloadbalancing: loadBalancers, sns }
    const model = models[service as keyof typeof models]
    aws.endpoint.register(service, failAfter(model, { operation, input }, 1, counted))
  } else aws.endpoint.interceptors.push(failNth({ operation, input }, 1, counted))
  return () => failures
}

const handlerNames = ['reconcile', 'drain'] as const

/** The release, with a report of each message that is received again. */
function withReceives(onSecondReceive: (name: HandlerName) => void): Release {
  const note = (name: HandlerName, { Records }: QueueEvent) => {
    const isSecond = Records.some(
      ({ attributes }) => Number(attributes?.ApproximateReceiveCount) > 1,
    )
    if (isSecond) onSecondReceive(name)
  }
  return {
    ...thisRelease,
    reconcileBatch: (event, deps) => {
      note('reconcile', event)
      return thisRelease.reconcileBatch(event, deps)
    },
    drainBatch: (event, deps) => {
      note('drain', event)
      return thisRelease.drainBatch(event, deps)
    },
  }
}

/** The table of faults.md. Faults of a call with the same outcome share a row. */
export async function faultTable(
  outcome: (fault: FaultCase | undefined) => Promise<FaultOutcome> = outcomeOf,
): Promise<string> {
  const without = await outcome(undefined)
  const rows = new Map<string, string[]>()
  for (const one of faultCases) {
    const found = await outcome(one)
    const repeats = [
      ...found.repeatedAlerts.map((subject) => `\`${subject}\``),
      ...Array(found.repeatedInterruptions - without.repeatedInterruptions).fill('interruption'),
    ]
    const row = [
      found.written,
      [
        ...found.alerts.map((subject) => `\`${subject}\``),
        `${found.interruptions} interruptions`,
      ].join(', '),
      found.receivedAgain.map((name) => `message of \`${name}\``).join(', ') || '-',
      repeats.join(', ') || '-',
    ]
    const key = [one.call, one.isAfterEffect ? 'after' : 'before', ...row].join(' | ')
    rows.set(key, [...(rows.get(key) ?? []), one.fault])
  }
  const lines = [...rows].map(([key, names]) => {
    const [call, moment, ...row] = key.split(' | ')
    const all = Object.keys(faults)
      .filter((name) => moment === 'before' || losesResponse(name))
      .join(', ')
    const fault = names.join(', ') === all ? 'any' : names.join(', ')
    return `| ${[call, `${fault}, ${moment} its effect`, ...row].join(' | ')} |`
  })
  return [
    '| call | fault | standby | notified | received again | sent again |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}
