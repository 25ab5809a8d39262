import { DeregisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { AwsEvent } from '@tideway/spot-simulator'
import type { ScenarioAccount } from '../scenario-account'

export interface InterruptedTask {
  readonly service: string
  readonly arn: string
  readonly ip: string
}

/** The running task that has received its interruption notice. Undefined for other events. */
export function interruptedTask({ detail }: AwsEvent): InterruptedTask | undefined {
  if (detail.stopCode !== 'SpotInterruption' || detail.lastStatus !== 'RUNNING') return undefined
  const attachments = detail.attachments as readonly {
    readonly details: readonly { readonly name: string; readonly value: string }[]
  }[]
  const addresses = attachments.flatMap(({ details }) => details)
  const ip = addresses.find(({ name }) => name === 'privateIPv4Address')?.value ?? ''
  return { service: serviceOf(detail.group), arn: String(detail.taskArn), ip }
}

export function serviceOf(group: unknown): string {
  return String(group).replace(/^service:/, '')
}

/**
 * Deregisters an interrupted task at its notice, as Lambdas for this purpose do, where that is better than what ECS
 * does: where the application does not serve any more. Otherwise the task keeps serving until ECS deregisters it.
 */
export async function deregisterIfLeaving(
  { scenario, pairs, targets }: ScenarioAccount,
  { service, ip }: InterruptedTask,
): Promise<void> {
  const { application = 'serves-until-drained' } = scenario
  // A task on an instance has no address of its own.
  if (application === 'serves-until-drained' || ip === '') return
  for (const { targetGroupArn, containerPort } of pairs.get(service)?.primary.primary.release
    .loadBalancers ?? []) {
    await targets.send(
      new DeregisterTargetsCommand({
        TargetGroupArn: targetGroupArn,
        Targets: [{ Id: ip, Port: containerPort }],
      }),
    )
  }
}
