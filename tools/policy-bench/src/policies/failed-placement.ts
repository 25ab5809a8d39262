import type { AwsEvent } from '@tideway/spot-simulator'

/** The service that has no capacity on FARGATE_SPOT. Undefined for other events. */
export function failedPlacement({ detail, resources }: AwsEvent): string | undefined {
  if (detail.eventName !== 'SERVICE_TASK_PLACEMENT_FAILURE') return undefined
  if (detail.reason !== 'RESOURCE:FARGATE') return undefined
  const providers = detail.capacityProviderArns
  const isSpot =
    Array.isArray(providers) && providers.some((arn) => String(arn).endsWith('/FARGATE_SPOT'))
  return isSpot ? resources[0]?.split('/').at(-1) : undefined
}
