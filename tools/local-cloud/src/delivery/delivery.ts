import { type AccessRequest, allows } from '@tideway/constructs/iam-evaluator'
import {
  type AwsEvent,
  type BatchResponse,
  EventSourceMapping,
  mismatchOf,
  type Queue,
  type Simulation,
  Sqs,
  type SqsEvent,
} from '@tideway/spot-simulator'
import {
  type Deployed,
  type DeployedFunction,
  type DeployedMapping,
  type DeployedQueue,
  type DeployedRule,
  type DeployedSchedule,
  lastPart,
} from './deployed'
import { messageOf, type Problems } from './problems'
import { accessTo, sendersUseOfKey } from './required-access'

export interface DeliveryProps {
  readonly simulation: Simulation
  readonly deployed: Deployed
  readonly problems: Problems
  readonly invoke: (deployed: DeployedFunction, event: SqsEvent) => Promise<unknown>
}

type Failure = Parameters<Problems['add']>

/** Delivers events as deployed: through rules, targets, queues, event source mappings and schedules. */
export class Delivery {
  readonly deployed: Deployed
  readonly sqs: Sqs
  /** The names of the rules that have matched an event. */
  readonly matched = new Set<string>()
  /** The ids of the events that reached a queue with a consumer. */
  readonly delivered = new Set<string>()
  private readonly queues = new Map<string, Queue>()

  constructor(private readonly props: DeliveryProps) {
    const { simulation, deployed } = props
    this.deployed = deployed
    this.sqs = new Sqs(simulation)
    // Creating a queue requires its dead-letter queue.
    const deadLettersFirst = [...deployed.queues].sort(
      (one, other) =>
        Number(one.deadLetterArn !== undefined) - Number(other.deadLetterArn !== undefined),
    )
    for (const queue of deadLettersFirst) this.createQueue(queue)
    for (const mapping of deployed.mappings) this.report(this.createMapping(mapping))
    for (const schedule of deployed.schedules) {
      if (!schedule.isEnabled) continue
      simulation.every(schedule.everySeconds, () => this.report(this.tick(schedule)))
    }
  }

  /** Sends an event to the targets of each rule that it matches. */
  deliver(event: AwsEvent): void {
    for (const rule of this.deployed.rules) {
      if (!rule.isEnabled || this.mismatch(rule, event) !== undefined) continue
      this.matched.add(rule.name)
      for (const { arn, input } of rule.targets) {
        try {
          this.report(this.send(rule, arn, input ?? JSON.stringify(event), event.id))
        } catch (error) {
          this.report([`target of rule ${rule.name}`, messageOf(error)])
        }
      }
    }
  }

  messagesIn(queueArn: string): number {
    const { visible, inFlight } = this.queues.get(queueArn)?.counts() ?? { visible: 0, inFlight: 0 }
    return visible + inFlight
  }

  /** Why a rule does not match an event. Undefined where it does. */
  mismatch(rule: DeployedRule, event: AwsEvent): string | undefined {
    try {
      const mismatch = mismatchOf(rule.pattern, event)
      return (
        mismatch &&
        `${mismatch.path} is ${mismatch.got}, and the pattern wants ${mismatch.expected}`
      )
    } catch (error) {
      this.report([`rule ${rule.name}`, `its pattern is invalid: ${messageOf(error)}`])
      return messageOf(error)
    }
  }

  private report(failure: Failure | undefined): void {
    if (failure !== undefined) this.props.problems.add(...failure)
  }

  private createQueue(deployed: DeployedQueue): void {
    const deadLetterQueue = this.queues.get(deployed.deadLetterArn ?? '')
    const queue = this.sqs.createQueue({
      name: deployed.name,
      visibilityTimeoutSeconds: deployed.visibilityTimeoutSeconds,
      messageRetentionSeconds: deployed.retentionSeconds,
      ...(deadLetterQueue && { deadLetterQueue, maxReceiveCount: deployed.maxReceiveCount ?? 3 }),
    })
    this.queues.set(deployed.arn, queue)
  }

  /** The policies of the queue and of its key decide what EventBridge may send. */
  private send(
    rule: DeployedRule,
    queueArn: string,
    body: string,
    eventId: string,
  ): Failure | undefined {
    const queue = this.deployedQueue(queueArn)
    if (queue === undefined) {
      return [`target of rule ${rule.name}`, `there is no queue ${queueArn}`]
    }
    const { name, policy, keyArn } = queue
    const principal = 'events.amazonaws.com'
    const source = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': rule.arn.split(':')[4] ?? '' }
    const toSend = accessTo(queueArn, ['sqs:SendMessage'], { principal, context: source })
    if (toSend.some((access) => !allows([policy], access))) {
      return [`queue policy of ${name}`, `it does not let ${principal} send for rule ${rule.name}`]
    }
    const keyPolicy = this.deployed.keyPolicies.get(keyArn ?? '')
    const context = { 'kms:EncryptionContext:aws:sqs:arn': queueArn }
    const toEncrypt = keyArn ? accessTo(keyArn, sendersUseOfKey, { principal, context }) : []
    if (toEncrypt.some((access) => !allows(keyPolicy ? [keyPolicy] : [], access))) {
      return [
        `key policy of ${keyArn}`,
        `it does not let ${principal} encrypt for queue ${name}, the target of rule ${rule.name}`,
      ]
    }
    this.queues.get(queueArn)?.send(body)
    const hasConsumer = this.deployed.mappings.some(
      (mapping) => mapping.queueArn === queueArn && mapping.isEnabled,
    )
    if (hasConsumer) this.delivered.add(eventId)
    return undefined
  }

  /** The role of the schedule decides what it may send. */
  private tick({ name, targetArn, roleArn, input }: DeployedSchedule): Failure | undefined {
    // Schedules with other targets have no effect on capacity.
    if (!targetArn.startsWith('arn:aws:sqs:')) return undefined
    const queue = this.queues.get(targetArn)
    if (queue === undefined) {
      return [`target of schedule ${name}`, `there is no queue ${targetArn}`]
    }
    const keyArn = this.deployedQueue(targetArn)?.keyArn
    const denied = this.deniedTo(roleArn, [
      ...accessTo(targetArn, ['sqs:SendMessage']),
      ...(keyArn ? accessTo(keyArn, sendersUseOfKey) : []),
    ])
    if (denied !== undefined) {
      return [
        `role of schedule ${name}`,
        `${lastPart(roleArn)} does not allow ${denied.action} on ${denied.resource}`,
      ]
    }
    queue.send(input)
    return undefined
  }

  private createMapping(mapping: DeployedMapping): Failure | undefined {
    const { simulation, invoke } = this.props
    const { queueArn, functionName } = mapping
    const queue = this.queues.get(queueArn)
    const target = this.deployed.functions.find(({ name }) => name === functionName)
    const part = `event source mapping of ${functionName}`
    if (!mapping.isEnabled) return [part, 'it is not enabled']
    if (queue === undefined) return [part, `there is no queue ${queueArn}`]
    if (target === undefined) return [part, 'there is no such function']
    const keys = [this.deployedQueue(queueArn)?.keyArn, target.keyArn].flatMap((arn) => arn ?? [])
    const denied = this.deniedTo(target.roleArn, [
      ...accessTo(queueArn, pollersUseOfQueue),
      ...keys.flatMap((arn) => accessTo(arn, ['kms:Decrypt'])),
    ])
    if (denied !== undefined) {
      return [
        `role ${lastPart(target.roleArn)}`,
        `it does not allow ${denied.action} on ${denied.resource}, which Lambda needs to poll for ${functionName}`,
      ]
    }
    new EventSourceMapping(simulation, {
      queue,
      handler: async (event) => (await invoke(target, event)) as BatchResponse | undefined,
      batchSize: mapping.batchSize,
      maximumBatchingWindowSeconds: mapping.windowSeconds,
      maximumConcurrency: mapping.maximumConcurrency,
      timeoutSeconds: target.timeoutSeconds,
      reportsBatchItemFailures: mapping.reportsBatchItemFailures,
    })
    return undefined
  }

  private deployedQueue(queueArn: string): DeployedQueue | undefined {
    return this.deployed.queues.find(({ arn }) => arn === queueArn)
  }

  /** The first request that a role does not allow. */
  private deniedTo(roleArn: string, requests: readonly AccessRequest[]): AccessRequest | undefined {
    const policies = this.deployed.rolePolicies.get(roleArn) ?? []
    return requests.find((request) => !allows(policies, request))
  }
}

const pollersUseOfQueue = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
