import type {
  DeployedPath,
  DnsRecord,
  LoadBalancer,
  SecurityGroup,
  SecurityRule,
} from './deployed-path'
import { anyOf, cidr } from './patterns'
import type { PathProblem } from './request'

/** Who opens a connection. */
export interface Caller {
  readonly ip: string
  readonly isCloudFront: boolean
  /** Undefined: it is not in the network. */
  readonly groupIds?: readonly string[] | undefined
}

/** The prefix list with the addresses of CloudFront. */
export const cloudFrontList = 'com.amazonaws.global.cloudfront.origin-facing'
const maxDnsSteps = 8
const maxNames = 10_000

/** Names and security groups. */
export class Network {
  private readonly records = new Map<string, DnsRecord[]>()
  private readonly inside = new Map<string, string | undefined>()
  private readonly outside = new Map<string, string | undefined>()
  private readonly groups: ReadonlyMap<string, SecurityGroup>

  constructor({ records, securityGroups }: DeployedPath) {
    for (const record of records) {
      const name = record.name.replace('\\052', '*')
      this.records.set(name, [...(this.records.get(name) ?? []), record])
    }
    this.groups = new Map(securityGroups.map((group) => [group.id, group]))
  }

  /**
   * The name at the end of aliases and CNAMEs, or an address.
   * @returns undefined if no record has the name
   */
  resolve(name: string, isInside: boolean): string | undefined {
    const memory = isInside ? this.inside : this.outside
    if (memory.has(name)) return memory.get(name)
    const resolved = this.follow(name, isInside)
    if (memory.size >= maxNames) memory.clear()
    memory.set(name, resolved)
    return resolved
  }

  private follow(name: string, isInside: boolean): string | undefined {
    let current = name
    for (let step = 0; step < maxDnsSteps; step++) {
      const record = this.recordOf(current, isInside)
      const value = record?.values[0]?.toLowerCase().replace(/\.$/, '')
      if (value === undefined) return step === 0 ? undefined : current
      current = value.replace(/^dualstack\./, '')
    }
    return undefined
  }

  private recordOf(name: string, isInside: boolean): DnsRecord | undefined {
    const usable = (records: DnsRecord[] | undefined) =>
      records?.find(({ isPrivate }) => isPrivate && isInside) ??
      records?.find(({ isPrivate }) => !isPrivate)
    const exact = usable(this.records.get(name))
    if (exact !== undefined) return exact
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const rest = name.slice(dot + 1)
      const wild = usable(this.records.get(`*.${rest}`))
      // A wildcard does not match below a name that exists.
      if (wild !== undefined || this.records.has(rest)) return wild
    }
    return undefined
  }

  /** @returns undefined if the caller can open a connection to the port */
  blockedBefore(balancer: LoadBalancer, port: number, caller: Caller): PathProblem | undefined {
    if (this.allows(balancer.securityGroupIds, 'ingress', port, caller)) return undefined
    const from = caller.isCloudFront ? 'CloudFront' : caller.ip
    return {
      part: `security groups of ${balancer.name}`,
      message: `${this.names(balancer.securityGroupIds)}: no rule allows port ${port} from ${from}`,
    }
  }

  /** @returns undefined if the load balancer can open a connection to the target */
  blockedAfter(
    balancer: LoadBalancer,
    groupIds: readonly string[],
    target: { readonly id: string; readonly port: number },
  ): PathProblem | undefined {
    const { port } = target
    const toTarget = { ip: target.id, isCloudFront: false, groupIds }
    if (!this.allows(balancer.securityGroupIds, 'egress', port, toTarget)) {
      return {
        part: `security groups of ${balancer.name}`,
        message: `${this.names(balancer.securityGroupIds)}: no rule allows port ${port} to ${this.names(groupIds)} of the targets`,
      }
    }
    const fromBalancer = balancer.securityGroupIds
    if (
      this.allows(groupIds, 'ingress', port, {
        ip: '',
        isCloudFront: false,
        groupIds: fromBalancer,
      })
    ) {
      return undefined
    }
    return {
      part: `security groups of the targets of ${balancer.name}`,
      message: `${this.names(groupIds)}: no rule allows port ${port} from ${this.names(fromBalancer)}`,
    }
  }

  /** Groups that are not known allow everything. */
  private allows(
    groupIds: readonly string[],
    direction: 'ingress' | 'egress',
    port: number,
    peer: Caller,
  ): boolean {
    if (groupIds.length === 0) return true
    return groupIds.some((id) => {
      const group = this.groups.get(id)
      return group?.[direction].some((rule) => ruleAllows(rule, port, peer)) ?? true
    })
  }

  private names(groupIds: readonly string[]): string {
    return groupIds
      .map((id) => {
        const { name = id } = this.groups.get(id) ?? {}
        return name === id ? id : `${name} (${id})`
      })
      .join(', ')
  }
}

function ruleAllows(rule: SecurityRule, port: number, peer: Caller): boolean {
  const { protocol, fromPort, toPort = fromPort } = rule
  if (protocol !== '-1') {
    if (protocol !== 'tcp' && protocol !== '6') return false
    if (fromPort !== undefined && toPort !== undefined) {
      if (fromPort !== -1 && (port < fromPort || port > toPort)) return false
    }
  }
  if (peer.isCloudFront && rule.prefixLists.includes(cloudFrontList)) return true
  if (peer.groupIds?.some((id) => rule.groupIds.includes(id))) return true
  if (rule.cidrs.includes('0.0.0.0/0')) return true
  return anyOf(rule.cidrs, cidr)(peer.ip)
}
