import { createHash } from 'node:crypto'
import { jsonInput, withBody } from '../gateway/aws-request'
import { isSuccess, jsonResponse, rewritten } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

/**
 * The secrets that RDS makes for its clusters. moto gives each a name that is another one every time, whatever its seed
 * is; here it is made from the name of the cluster, so that what is deployed comes back as it was. And moto does not
 * let go of their rotation. Can go when moto draws the name from its seed, and such a rotation is destroyed.
 */
export class ManagedSecrets {
  /** The names here, by those of moto. */
  private readonly names = new Map<string, string>()

  /** Learns from what RDS answers of its clusters, and puts the names in. */
  ofClusters(body: string): string {
    for (const [cluster] of body.matchAll(/<DBCluster>[\s\S]*?<\/DBCluster>/g)) {
      const id = /<DBClusterIdentifier>([^<]*)</.exec(cluster)?.[1]
      const name = /secret:(rds!cluster-[0-9a-f-]{36})/.exec(cluster)?.[1]
      if (id !== undefined && name !== undefined) this.names.set(name, nameFor(id))
    }
    return this.asNamedHere(body)
  }

  readonly patch: MotoPatch = {
    service: 'secretsmanager',
    handle: async (request, backend) => {
      const asked = withBody(request, this.asMotoNames(request.body.toString()))
      const answer = rewritten(await backend(asked), (body) => this.asNamedHere(body))
      const isManaged = [...this.names.values()].some((name) => request.body.includes(name))
      // RDS turns them by itself, without a function; moto takes that for a mistake.
      if (request.operation === 'CancelRotateSecret' && isManaged && !isSuccess(answer)) {
        const { SecretId } = jsonInput<{ SecretId: string }>(request)
        return jsonResponse({ ARN: SecretId })
      }
      return answer
    },
  }

  private asNamedHere(text: string): string {
    let result = text
    for (const [moto, here] of this.names) result = result.replaceAll(moto, here)
    return result
  }

  private asMotoNames(text: string): string {
    let result = text
    for (const [moto, here] of this.names) result = result.replaceAll(here, moto)
    return result
  }
}

function nameFor(cluster: string): string {
  const hex = createHash('sha256').update(cluster).digest('hex')
  const parts = [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end))
  return `rds!cluster-${parts.join('-')}`
}
