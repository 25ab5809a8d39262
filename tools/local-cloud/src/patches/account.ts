import { environments } from '@tideway/constructs/environments'

/** Where everything here is: what the environment `local` says. */
export const account = { id: environments.local.account, region: environments.local.region }
