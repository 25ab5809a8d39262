import { jsonInput, withBody } from '../gateway/aws-request'
import { isSuccess, jsonResponse, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import type { XmlElement } from '../gateway/xml'
import { uuidOf } from './stores'

/**
 * Secrets that RDS creates for its clusters. moto's names for them ignore its seed, so that a replay changes them: here
 * they derive from the cluster's name. moto also fails to cancel their rotation, which RDS does without a function.
 * Remove it when moto seeds the names and such a rotation can be destroyed.
 */
export class ManagedSecrets {
  /** Pairs of the stable name and that in moto, which changes with each cluster of the same name. */
  private readonly names = new Map<string, string>()

  /** Registers the secret of a cluster in a response of RDS. */
  register(cluster: XmlElement): void {
    const name = /secret:(rds!cluster-[0-9a-f-]{36})/.exec(JSON.stringify(cluster))?.[1]
    const id = cluster.DBClusterIdentifier
    if (name !== undefined && id !== undefined) {
      this.names.set(`rds!cluster-${uuidOf(String(id))}`, name)
    }
  }

  withStableNames(text: string): string {
    return [...this.names].reduce((result, [stable, moto]) => result.replaceAll(moto, stable), text)
  }

  readonly patch: MotoPatch = {
    service: 'secretsmanager',
    handle: async (request, backend) => {
      const body = request.body.toString()
      const motoBody = [...this.names].reduce(
        (result, [stable, moto]) => result.replaceAll(stable, moto),
        body,
      )
      const response = replaceText(await backend(withBody(request, motoBody)), (text) =>
        this.withStableNames(text),
      )
      const isManaged = motoBody !== body
      if (request.operation !== 'CancelRotateSecret' || !isManaged || isSuccess(response)) {
        return response
      }
      return jsonResponse({ ARN: jsonInput(request).SecretId })
    },
  }
}
