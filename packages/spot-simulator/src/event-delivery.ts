import type { BatchResponse } from './aws/batch-response'
import { EventSourceMapping } from './aws/event-source-mapping'
import type { ColdStarts } from './aws/execution-environments'
import type { Queue, QueueProps, Sqs } from './aws/sqs'
import type { SqsEvent } from './aws/sqs-event'
import type { AwsEvent, EventBus } from './event-bus'
import type { EventPattern } from './event-pattern'
import type { Simulation } from './simulation'

export interface RuleWiring {
  readonly name: string
  readonly pattern: EventPattern
  readonly targets: readonly { readonly queueName: string; readonly input?: string }[]
}

export interface QueueWiring extends Omit<QueueProps, 'deadLetterQueue'> {
  readonly deadLetterName?: string
}

export interface MappingWiring {
  readonly queueName: string
  readonly functionName: string
  readonly batchSize: number
  readonly maximumBatchingWindowSeconds: number
  readonly maximumConcurrency: number
  readonly functionTimeoutSeconds: number
  readonly reportsBatchItemFailures: boolean
}

export interface ScheduleWiring {
  readonly name: string
  readonly everySeconds: number
  readonly queueName: string
  readonly input: string
}

/** How events reach functions: rules send to queues, mappings poll the queues, schedules send messages. */
export interface EventWiring {
  readonly rules: readonly RuleWiring[]
  readonly queues: readonly QueueWiring[]
  readonly mappings: readonly MappingWiring[]
  readonly schedules: readonly ScheduleWiring[]
}

export interface EventDeliveryProps {
  readonly simulation: Simulation
  readonly bus: EventBus
  readonly sqs: Sqs
  readonly wiring: EventWiring
  /** Whether a rule may send to a queue. @default always */
  readonly mayDeliver?: (rule: RuleWiring, queueName: string, event: AwsEvent) => boolean
  /** Of all functions. @default they are always warm */
  readonly coldStarts?: ColdStarts
  /** Whether a schedule may send to its queue. @default always */
  readonly maySchedule?: (schedule: ScheduleWiring) => boolean
}

export type Invoke = (functionName: string, event: SqsEvent) => Promise<BatchResponse | undefined>

/** Runs an event wiring in virtual time: creates the queues at once, and the rest on `start`. */
export class EventDelivery {
  /** By name. */
  readonly queues: ReadonlyMap<string, Queue>

  constructor(private readonly props: EventDeliveryProps) {
    const queues = new Map<string, Queue>()
    // Dead-letter queues first: a queue is created with the one that it redrives to.
    const isRedriven = ({ deadLetterName }: QueueWiring) => Number(deadLetterName !== undefined)
    const inOrder = [...props.wiring.queues].sort(
      (one, other) => isRedriven(one) - isRedriven(other),
    )
    for (const { deadLetterName = '', ...queue } of inOrder) {
      const deadLetterQueue = queues.get(deadLetterName)
      const created = { ...queue, ...(deadLetterQueue && { deadLetterQueue }) }
      queues.set(queue.name, props.sqs.createQueue(created))
    }
    this.queues = queues
  }

  /** Subscribes the rules, polls the queues and starts the schedules. */
  start(invoke: Invoke): EventSourceMapping[] {
    const { simulation, bus, wiring } = this.props
    const { mayDeliver = () => true, maySchedule = () => true } = this.props
    for (const rule of wiring.rules) {
      for (const { queueName, input } of rule.targets) {
        bus.subscribe((event) => {
          if (!mayDeliver(rule, queueName, event)) return
          this.queues.get(queueName)?.send(input ?? JSON.stringify(event))
        }, rule.pattern)
      }
    }
    for (const schedule of wiring.schedules) {
      simulation.every(schedule.everySeconds, () => {
        if (maySchedule(schedule)) this.queues.get(schedule.queueName)?.send(schedule.input)
      })
    }
    const { coldStarts } = this.props
    return wiring.mappings.flatMap((mapping) => {
      const { queueName, functionName, functionTimeoutSeconds, ...settings } = mapping
      const queue = this.queues.get(queueName)
      if (queue === undefined) return []
      const handler = (event: SqsEvent) => invoke(functionName, event)
      const timeoutSeconds = functionTimeoutSeconds
      return new EventSourceMapping(simulation, {
        queue,
        handler,
        timeoutSeconds,
        ...settings,
        ...(coldStarts && { coldStarts }),
      })
    })
  }
}
