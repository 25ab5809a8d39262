import { failedChecks, type Problem } from '@tideway/constructs'
import { isWhole } from './values'

export type Traffic = CommonTraffic &
  (
    | {
        /**
         * The load balancer. Clients of the `internal` one are other services, which call `<service>.internal.<domain>`.
         */
        readonly from: 'external'
        /** Paths of the requests, with `*` for any text. */
        readonly paths: readonly string[]
      }
    | { readonly from: 'internal' }
  )

interface CommonTraffic {
  /** Priority of the listener rule: the lowest number that matches wins. */
  readonly priority: number
  /** Requests per task and minute that autoscaling aims for. */
  readonly requestsPerTask: number
}

/** The problems of the listener rules of all services, which share the load balancers. */
export function trafficProblems(
  services: Readonly<Record<string, { readonly runs: string; readonly traffic?: Traffic }>>,
  pathOf: (name: string) => string,
): Problem[] {
  const priorities = new Map<string, string>()
  return Object.entries(services).flatMap(([name, { traffic }]) => {
    if (traffic === undefined) return []
    const { from, priority } = traffic
    const other = priorities.get(`${from} ${priority}`)
    priorities.set(`${from} ${priority}`, name)
    const fix = 'Choose another.'
    return failedChecks(`${pathOf(name)}.traffic`, traffic, {
      priority: [
        [isWhole(priority, 1, 50_000), 'be 1 to 50000', fix],
        [other === undefined, `be unique on the ${from} load balancer: ${other} has it`, fix],
      ],
    })
  })
}
