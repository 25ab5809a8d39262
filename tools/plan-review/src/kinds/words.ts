import type { Kind, Role } from './kind'

const engine =
  /^(my|postgre|ms)?sql(server)?$|^(postgres(ql)?|pg|mariadb|mongo(db(atlas)?)?|redis(cloud)?|valkey|memcached|cassandra|astra|kafka|elastic(search)?|opensearch|clickhouse|cockroach(db)?|couchbase|rds|polardb|dds|gaussdb|oracle|neo4j|influxdb|timescale|scylla|rabbitmq|pulsar|nats|databases?|db|dbaas|storage|cache|backup|search|filestore|nas|objectstorage|warehouse|autonomous)$/
const store =
  /^(databases?|db|buckets?|disks?|volumes?|vaults?|secrets?|keyspace|tables?|filesystems?|snapshots?|backups?|datasets?|warehouse|ledger|datastore|datalake|lakehouse|zone|domain|repository|registry|streams?|blob|keyring|keystore|shares?|sharedfs|collection|archive|namespace|project|pvc|schema|storage|index|indices|workspace|vhost)$/

/** By the last word of a name, the noun that the others describe. */
const nouns: readonly (readonly [RegExp, Role, string])[] = [
  [/^(network|subnet|subnetwork|vpc|vnet|vcn)$/, 'data', 'a network'],
  [
    /^(record|recordset|ip|address|eip|loadbalancer|balancer|lb|alb|nlb|slb|certificate|cert|queue|topic|logs?|logset|gateway|tunnel|distribution|cdn|nat|peering)$/,
    'address',
    'an address or a queue',
  ],
  [/^(cluster|kubernetes|kube|k8s)$/, 'address', 'a cluster'],
  [
    /^(instance|server|vm|machine|droplet|host|node|linode|compute|qemu|lxc|device|baremetal)$/,
    'address',
    'a machine and its disk',
  ],
  [
    /^(listener|route|router|ingress|frontend|backend|upstream|proxy)$/,
    'traffic',
    'a route of traffic',
  ],
  [
    /^(service|app|application|deployment|function|job|worker|release|pool|nodepool|workflow|container)$/,
    'work',
    'a service',
  ],
  [/^(role|user|token|grant|binding|membership|credentials?|team)$/, 'access', 'access'],
  [/^(firewall|waf|acl|ruleset)$/, 'guard', 'a guard'],
  [/^(monitor|alert|alarm|schedule)$/, 'watch', 'an alarm or a trigger'],
]

/** The kind that the words of a type say: for providers and types that no table has. */
export function guessedFrom(type: string): Kind | undefined {
  const [provider = '', ...words] = type.toLowerCase().split('_')
  while (words.length > 1 && /^v?\d+((alpha|beta)\d*)?$/.test(words.at(-1) ?? '')) words.pop()
  const noun = words.at(-1) ?? ''
  const others = words.slice(0, -1)
  const of = (role: Role, label: string): Kind => ({
    role,
    label: `${label} (by the words of its type)`,
    isPart: false,
    isCalm: false,
    handsOver: false,
    isInstance: false,
    isKnown: false,
  })
  if (noun === '') return undefined
  if (/^keys?$/.test(noun))
    return others.some((word) => /^(kms|encryption|crypto|master|hsm|transit|cmk)$/.test(word))
      ? of('data', 'a key, and everything encrypted with it')
      : of('access', 'a key')
  if (store.test(noun)) return of('data', `a ${noun.replace(/([^s])s$/, '$1')}`)
  if (noun === 'system' && others.at(-1) === 'file') return of('data', 'files')
  if (words.length === 1 && engine.test(noun)) return of('data', 'a store')
  if (noun === 'policy' && /^(security|firewall|network)$/.test(others.at(-1) ?? ''))
    return of('guard', 'a guard')
  const isStore =
    /^(cluster|instance|server|service|node|replica|account|deployment|container|system|index)$/
  if (noun === 'group' && others.at(-1) === 'replication') return of('data', 'a store')
  if (isStore.test(noun) && [provider, ...others].some((word) => engine.test(word)))
    return of('data', 'a store')
  const found = nouns.find(([pattern]) => pattern.test(noun))
  return found === undefined ? undefined : of(found[1], found[2])
}
