import { ECSClient } from '@aws-sdk/client-ecs'
import { type AwsEvent, EcsSimulation, type Service, type StrategyItem } from '../src'

export const onSpot: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]
export const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]

/** A simulation with the target groups `blue` and `green`. */
export function simulationWithGroups(seed = 1): EcsSimulation {
  const aws = new EcsSimulation({ seed })
  for (const name of ['blue', 'green']) {
    aws.loadBalancers.createTargetGroup({ name, arn: name, deregistrationDelaySeconds: 60 })
  }
  return aws
}

/** A client of the SDK that sends to the simulation. */
export function ecsClient(aws: EcsSimulation): ECSClient {
  return new ECSClient(aws.endpoint.clientOptions)
}

export interface RecordedEvent {
  /** Seconds since the recording began. */
  readonly at: number
  readonly type: string
  readonly detail: AwsEvent['detail']
  readonly event: AwsEvent
}

/** Records each event at the moment when it is published. */
export function record(aws: EcsSimulation): RecordedEvent[] {
  const start = aws.now
  const recorded: RecordedEvent[] = []
  aws.bus.tap((event) => {
    const { detail } = event
    recorded.push({ at: (aws.now - start) / 1000, type: event['detail-type'], detail, event })
  })
  return recorded
}

export function actions(recorded: readonly RecordedEvent[], name: string): RecordedEvent[] {
  return recorded.filter(({ detail }) => detail.eventName === name)
}

export function countsByProvider(service: Service): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { provider, desiredStatus } of service.tasks) {
    if (desiredStatus === 'RUNNING') counts[provider.name] = (counts[provider.name] ?? 0) + 1
  }
  return counts
}

export const texts = (service: Service): string[] => service.messages.map(({ message }) => message)

/** Runs second by second, and checks after each. */
export async function watch(aws: EcsSimulation, seconds: number, check: () => void): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await aws.run(1)
    check()
  }
}
