import { environmentNamed } from '@tideway/constructs/environments'
import { dnsServer, record } from '@tideway/terraform/dns-server'

const { domain } = environmentNamed('local')
const parent = domain.slice(domain.indexOf('.') + 1)
const parentServer = `ns.${parent}`

/** DNS on this machine: the zone above the domain of the environment, without a delegation until one is entered. */
export async function parentZone() {
  let delegated: readonly string[] = []
  let next: readonly string[] = []
  const server = await dnsServer(({ name, type, recursive }) => {
    if (name === parent && type === 'NS') return { answers: [record('NS', name, parentServer)] }
    if (name === parentServer && type === 'A') return { answers: [record('A', name, '127.0.0.1')] }
    if (name !== domain || recursive) return { code: 3 }
    const authority = delegated.map((each) => record('NS', name, each))
    delegated = next
    return authority.length > 0 ? { authority } : { code: 3 }
  })
  return {
    resolver: server.resolver,
    /** Delegates the domain after the next question about it, as if entered while a deploy waits. */
    delegateAfterNextQuestion: (nameServers: readonly string[]) => {
      next = nameServers
    },
    close: server.close,
  }
}
