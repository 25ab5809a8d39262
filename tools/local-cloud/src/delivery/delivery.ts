import { allows } from '@tideway/constructs/iam-evaluator'
import {
  type AwsEvent,
  type BatchResponse,
  type EcsSimulation,
  EventDelivery,
  type MappingWiring,
  mismatchOf,
  Sqs,
  type SqsEvent,
} from '@tideway/spot-simulator'
import { accessTo, senderKeyActions } from '../access/required-access'
import {
  type Deployed,
  type DeployedFunction,
  type DeployedMapping,
  type DeployedQueue,
  type DeployedRule,
  type DeployedTarget,
  lastPart,
} from './deployed'
import type { FunctionPermissions } from './function-permissions'
import { messageOf, type Problems } from './problems'

export interface DeliveryProps {
  readonly aws: EcsSimulation
  readonly deployed: Deployed
  readonly problems: Problems
  readonly permissions: FunctionPermissions
  readonly invoke: (target: DeployedFunction, event: SqsEvent) => Promise<unknown>
  /** Called for each event that a rule cannot send to one of its targets. */
  readonly onFailedInvocation?: (ruleName: string) => void
}

/** A broken part, and what is wrong with it. */
type Failure = Parameters<Problems['add']>

const pollerQueueActions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']

/** Delivers events as deployed, and reports the rules, policies, mappings and roles that prevent it. */
export class Delivery {
  readonly deployed: Deployed
  readonly sqs: Sqs
  /** The names of the rules that have matched an event. */
  readonly matched = new Set<string>()
  /** The ids of the events that reached a queue with a consumer. */
  readonly delivered = new Set<string>()
  private readonly events: EventDelivery

  constructor(private readonly props: DeliveryProps) {
    const { aws, deployed, invoke } = props
    this.deployed = deployed
    this.sqs = new Sqs(aws.simulation)
    this.events = new EventDelivery({
      simulation: aws.simulation,
      bus: aws.bus,
      sqs: this.sqs,
      wiring: {
        queues: deployed.queues,
        // They match all events: `mayDeliver` evaluates the deployed patterns, and reports invalid ones.
        rules: deployed.rules
          .filter(({ isEnabled }) => isEnabled)
          .map((rule) => ({ ...rule, pattern: {} })),
        mappings: deployed.mappings.flatMap((mapping) => this.mappingWiring(mapping)),
        // Scheduler runs them.
        schedules: [],
      },
      mayDeliver: ({ name }, queueName, event) =>
        this.mayDeliver(findByName(deployed.rules, name), queueName, event),
    })
    this.events.start(async (functionName, event) => {
      const response = await invoke(findByName(deployed.functions, functionName), event)
      return response as BatchResponse | undefined
    })
  }

  /** The queues, by name. */
  get queues(): EventDelivery['queues'] {
    return this.events.queues
  }

  messagesIn(queueName: string): number {
    const { visible, inFlight } = this.events.queues.get(queueName)?.counts() ?? noMessages
    return visible + inFlight
  }

  /** Why a rule does not match an event. Undefined where it does. */
  mismatch(rule: DeployedRule, event: AwsEvent): string | undefined {
    try {
      const mismatch = mismatchOf(rule.pattern, event)
      return (
        mismatch &&
        `${mismatch.path} is ${mismatch.got}, and the pattern requires ${mismatch.expected}`
      )
    } catch (error) {
      const message = messageOf(error)
      this.props.problems.add(`rule ${rule.name}`, `its pattern is invalid: ${message}`)
      return message
    }
  }

  private mayDeliver(rule: DeployedRule, queueName: string, event: AwsEvent): boolean {
    if (this.mismatch(rule, event) !== undefined) return false
    this.matched.add(rule.name)
    const targets = rule.targets.filter((target) => target.queueName === queueName)
    if (!targets.every((target) => this.isWorking(this.targetFailure(rule, target)))) {
      this.props.onFailedInvocation?.(rule.name)
      return false
    }
    const hasConsumer = this.deployed.mappings.some(
      (mapping) => mapping.queueName === queueName && mapping.isEnabled,
    )
    if (hasConsumer) this.delivered.add(event.id)
    return true
  }

  /** Evaluates the policies of the queue and of its key, which must allow EventBridge to send. */
  private targetFailure(rule: DeployedRule, { arn }: DeployedTarget): Failure | undefined {
    const queue = this.queueAt(arn)
    if (queue === undefined) return [`target of rule ${rule.name}`, `queue ${arn} does not exist`]
    const { name, policy, keyArn } = queue
    const principal = 'events.amazonaws.com'
    const source = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': rule.arn.split(':')[4] ?? '' }
    const toSend = accessTo(arn, ['sqs:SendMessage'], { principal, context: source })
    if (toSend.some((access) => !allows([policy], access))) {
      return [
        `queue policy of ${name}`,
        `it does not allow ${principal} to send for rule ${rule.name}`,
      ]
    }
    const keyPolicy = this.deployed.keyPolicies.get(keyArn ?? '')
    const context = { 'kms:EncryptionContext:aws:sqs:arn': arn }
    const toEncrypt = keyArn ? accessTo(keyArn, senderKeyActions, { principal, context }) : []
    if (toEncrypt.some((access) => !allows(keyPolicy ? [keyPolicy] : [], access))) {
      return [
        `key policy of ${keyArn}`,
        `it does not allow ${principal} to encrypt for queue ${name}, the target of rule ${rule.name}`,
      ]
    }
    return undefined
  }

  /** Empty where Lambda cannot poll. */
  private mappingWiring(mapping: DeployedMapping): MappingWiring[] {
    const target = this.deployed.functions.find(({ name }) => name === mapping.functionName)
    if (!this.isWorking(this.mappingFailure(mapping, target)) || target === undefined) return []
    return [{ ...mapping, functionTimeoutSeconds: target.timeoutSeconds }]
  }

  private mappingFailure(
    { queueArn, functionName, isEnabled }: DeployedMapping,
    target: DeployedFunction | undefined,
  ): Failure | undefined {
    const queue = this.queueAt(queueArn)
    const part = `event source mapping of ${functionName}`
    if (!isEnabled) return [part, 'it is not enabled']
    if (queue === undefined) return [part, `queue ${queueArn} does not exist`]
    if (target === undefined) return [part, 'the function does not exist']
    const keys = [queue.keyArn, target.keyArn].flatMap((arn) => arn ?? [])
    const denied = this.props.permissions.deniedTo(target.roleArn, [
      ...accessTo(queueArn, pollerQueueActions),
      ...keys.flatMap((arn) => accessTo(arn, ['kms:Decrypt'])),
    ])
    return (
      denied && [
        `role ${lastPart(target.roleArn)}`,
        `it does not allow ${denied.action} on ${denied.resource}, which Lambda needs to poll for ${functionName}`,
      ]
    )
  }

  /** Reports the failure, if there is one. */
  private isWorking(failure: Failure | undefined): boolean {
    if (failure !== undefined) this.props.problems.add(...failure)
    return failure === undefined
  }

  private queueAt(queueArn: string): DeployedQueue | undefined {
    return this.deployed.queues.find(({ arn }) => arn === queueArn)
  }
}

const noMessages = { visible: 0, inFlight: 0 }

/** Finds the deployed part of a name. */
function findByName<Part extends { readonly name: string }>(
  parts: readonly Part[],
  name: string,
): Part {
  return parts.find((part) => part.name === name) as Part
}
