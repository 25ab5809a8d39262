import { environments } from '@tideway/constructs/environments'

/** Account and Region of the environment `local`. */
export const account = { id: environments.local.account, region: environments.local.region }

export function localArn(service: string, resource: string): string {
  return `arn:aws:${service}:${account.region}:${account.id}:${resource}`
}
