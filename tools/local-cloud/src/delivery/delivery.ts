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
  roleName,
} from './deployed'
import type { Troubles } from './troubles'

export interface DeliveryProps {
  readonly simulation: Simulation
  readonly deployed: Deployed
  readonly troubles: Troubles
  readonly invoke: (deployed: DeployedFunction, event: SqsEvent) => Promise<unknown>
}

/** The path of events, as it is deployed: rules, targets, queues, what polls them, schedules. */
export class Delivery {
  readonly sqs: Sqs
  /** How many events each rule has let through. */
  readonly matched = new Map<string, number>()
  /** The ids of the events that have come to a queue that a function reads. */
  readonly delivered = new Set<string>()
  private readonly queues = new Map<string, Queue>()

  readonly deployed: Deployed

  constructor(private readonly props: DeliveryProps) {
    this.deployed = props.deployed
    const { simulation, deployed } = props
    this.sqs = new Sqs(simulation)
    // Dead letters first: a queue is made with the one that it leaves them in.
    const order = [...deployed.queues].sort((one) => (one.deadLetterArn === undefined ? -1 : 1))
    for (const queue of order) this.queues.set(queue.arn, this.make(queue))
    for (const mapping of deployed.mappings) this.map(mapping)
    for (const schedule of deployed.schedules) {
      if (schedule.isEnabled) simulation.every(schedule.everySeconds, () => this.tick(schedule))
    }
  }

  /** Hands an event to every target of every rule that it matches. */
  hear(event: AwsEvent): void {
    for (const rule of this.props.deployed.rules) {
      if (!rule.isEnabled || this.mismatch(rule, event) !== undefined) continue
      this.matched.set(rule.name, (this.matched.get(rule.name) ?? 0) + 1)
      for (const target of rule.targets) {
        try {
          this.send(rule, target.arn, target.input ?? JSON.stringify(event), event.id)
        } catch (error) {
          // A policy that says something which is not known here.
          const message = error instanceof Error ? error.message : String(error)
          this.props.troubles.add(`target of rule ${rule.name}`, message)
        }
      }
    }
  }

  /** Messages that wait in a queue. */
  waiting(queueArn: string): number {
    const counts = this.queues.get(queueArn)?.counts()
    return counts === undefined ? 0 : counts.visible + counts.inFlight
  }

  /** What the pattern of a rule wants otherwise. */
  mismatch(rule: DeployedRule, event: AwsEvent): string | undefined {
    try {
      const mismatch = mismatchOf(rule.pattern, event)
      if (mismatch === undefined) return undefined
      return `${mismatch.path} is ${mismatch.got}, and the pattern wants ${mismatch.expected}`
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.props.troubles.add(`rule ${rule.name}`, `its pattern cannot be read: ${message}`)
      return message
    }
  }

  private make(queue: DeployedQueue): Queue {
    const dead = this.queues.get(queue.deadLetterArn ?? '')
    return this.sqs.createQueue({
      name: queue.name,
      visibilityTimeoutSeconds: queue.visibilityTimeoutSeconds,
      messageRetentionSeconds: queue.retentionSeconds,
      ...(dead && { deadLetterQueue: dead, maxReceiveCount: queue.maxReceiveCount ?? 3 }),
    })
  }

  /** EventBridge sends with the rights that the queue and its key give to it. */
  private send(rule: DeployedRule, queueArn: string, body: string, eventId: string): void {
    const queue = this.props.deployed.queues.find(({ arn }) => arn === queueArn)
    const made = this.queues.get(queueArn)
    if (queue === undefined || made === undefined) {
      this.props.troubles.add(`target of rule ${rule.name}`, `there is no queue ${queueArn}`)
      return
    }
    const principal = 'events.amazonaws.com'
    const context = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': rule.arn.split(':')[4] ?? '' }
    const access: AccessRequest = {
      action: 'sqs:SendMessage',
      resource: queueArn,
      principal,
      context,
    }
    if (!allows([queue.policy], access)) {
      this.props.troubles.add(
        `queue policy of ${queue.name}`,
        `it does not let events.amazonaws.com send for rule ${rule.name}`,
      )
      return
    }
    if (queue.keyArn !== undefined && !this.mayEncrypt(queue, principal)) {
      this.props.troubles.add(
        `key policy of ${queue.keyArn}`,
        `it does not let events.amazonaws.com encrypt for queue ${queue.name}, which rule ${rule.name} sends to`,
      )
      return
    }
    made.send(body)
    if (this.isRead(queueArn)) this.delivered.add(eventId)
  }

  private isRead(queueArn: string): boolean {
    return this.props.deployed.mappings.some(
      (mapping) => mapping.queueArn === queueArn && mapping.isEnabled,
    )
  }

  private mayEncrypt({ keyArn = '', arn }: DeployedQueue, principal: string): boolean {
    const policy = this.props.deployed.keyPolicies.get(keyArn)
    const context = { 'kms:EncryptionContext:aws:sqs:arn': arn }
    return ['kms:Decrypt', 'kms:GenerateDataKey'].every((action) =>
      allows(policy ? [policy] : [], { action, resource: keyArn, principal, context }),
    )
  }

  /** A schedule sends with the rights of its role. */
  private tick(schedule: DeployedSchedule): void {
    const { deployed, troubles } = this.props
    const { targetArn, roleArn, name, input } = schedule
    const keyArn = deployed.queues.find(({ arn }) => arn === targetArn)?.keyArn
    const needed = [
      { action: 'sqs:SendMessage', resource: targetArn, context: {} },
      ...(keyArn === undefined
        ? []
        : ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => ({
            action,
            resource: keyArn,
            context: {},
          }))),
    ]
    const missing = needed.find(
      (access) => !allows(deployed.rolePolicies.get(roleArn) ?? [], access),
    )
    if (missing !== undefined) {
      troubles.add(
        `role of schedule ${name}`,
        `${roleName(roleArn)} does not allow ${missing.action} on ${missing.resource}`,
      )
      return
    }
    // A schedule may start other things than messages: those have nothing to do with capacity.
    this.queues.get(targetArn)?.send(input)
  }

  private map(mapping: DeployedMapping): void {
    const { simulation, deployed, troubles, invoke } = this.props
    const queue = this.queues.get(mapping.queueArn)
    const target = deployed.functions.find(({ name }) => name === mapping.functionName)
    if (!mapping.isEnabled || queue === undefined || target === undefined) {
      const why = !mapping.isEnabled
        ? 'it is not enabled'
        : queue === undefined
          ? `there is no queue ${mapping.queueArn}`
          : 'there is no such function'
      troubles.add(`event source mapping of ${mapping.functionName}`, why)
      return
    }
    const missing = this.missingToPoll(mapping, target)
    if (missing !== undefined) {
      troubles.add(
        `role ${roleName(target.roleArn)}`,
        `it does not allow ${missing.action} on ${missing.resource}, with which Lambda polls for ${target.name}`,
      )
      return
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
  }

  private missingToPoll(
    mapping: DeployedMapping,
    target: DeployedFunction,
  ): AccessRequest | undefined {
    const { deployed } = this.props
    const queue = deployed.queues.find(({ arn }) => arn === mapping.queueArn)
    const onQueue = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
    const keys = [queue?.keyArn, target.keyArn].flatMap((arn) => arn ?? [])
    const needed = [
      ...onQueue.map((action) => ({ action, resource: mapping.queueArn, context: {} })),
      ...keys.map((resource) => ({ action: 'kms:Decrypt', resource, context: {} })),
    ]
    const policies = deployed.rolePolicies.get(target.roleArn) ?? []
    return needed.find((access) => !allows(policies, access))
  }
}
