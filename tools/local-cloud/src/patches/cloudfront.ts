import type { AwsRequest, AwsResponse, Backend } from '../gateway/aws-request'
import { isSuccess, rewritten, xmlError, xmlResponse } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { childrenOf, elementOf, writeXml } from '../gateway/old-xml'
import { account } from './account'

interface Policy {
  readonly id: string
  /** As it was written: XML. */
  readonly config: string
  readonly version: number
}

const api = '/2020-05-31'

/**
 * CloudFront. moto drops nested blocks of a distribution, has no response headers policies, and makes ARNs of
 * distributions with a colon too few. Can go when a distribution settles, and its logs can be delivered.
 */
export class CloudFront implements MotoPatch {
  readonly service = 'cloudfront'
  private readonly policies = new Map<string, Policy>()
  /** The configurations as they were written, by the id of the distribution. */
  private readonly distributions = new Map<string, string>()

  resourceIds(): string[] {
    return [...this.policies.keys()]
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const path = request.url.split('?')[0] ?? ''
    if (path.startsWith(`${api}/response-headers-policy`)) return this.policy(request, path)
    const answer = await backend({ ...request, url: asMotoSays(request.url) })
    if (!isSuccess(answer)) return answer
    const config = elementOf(request.body.toString(), 'DistributionConfig')
    const id = /<Id>([^<]*)<\/Id>/.exec(answer.body.toString())?.[1]
    if (config !== undefined && id !== undefined) this.distributions.set(id, config)
    const asked = path.split('/')[3] ?? id ?? ''
    return rewritten(answer, (body) => asAwsSays(this.restored(body, asked === '' ? id : asked)))
  }

  private restored(body: string, id = ''): string {
    const config = this.distributions.get(id)
    if (config === undefined) return body
    return body.replace(
      /(<DistributionConfig(?: [^>]*)?>)([\s\S]*)(<\/DistributionConfig>)/,
      (_, start, answered, end) => {
        // What was left out when it was written, AWS answers by its defaults, and so does moto.
        const whole = new Map([...childrenOf(answered), ...childrenOf(config)])
        return `${start}${[...whole.values()].join('')}${end}`
      },
    )
  }

  private policy({ method, body }: AwsRequest, path: string): AwsResponse {
    const id = path.split('/')[3] ?? ''
    const config = elementOf(body.toString(), 'ResponseHeadersPolicyConfig') ?? ''
    if (method === 'POST') {
      const made = {
        id: `00000000-0000-4000-9000-${String(this.policies.size + 1).padStart(12, '0')}`,
        config,
        version: 1,
      }
      this.policies.set(made.id, made)
      return policyAnswer(made, 201)
    }
    const found = this.policies.get(id)
    if (found === undefined) {
      return xmlError('NoSuchResponseHeadersPolicy', `There is no policy ${id}.`, 404)
    }
    if (method === 'DELETE') {
      this.policies.delete(id)
      return xmlResponse('', 204)
    }
    if (method === 'GET') return policyAnswer(found)
    const changed = { id, config, version: found.version + 1 }
    this.policies.set(id, changed)
    return policyAnswer(changed)
  }
}

function policyAnswer({ id, config, version }: Policy, status = 200): AwsResponse {
  const head = writeXml({ Id: id, LastModifiedTime: '2026-01-05T00:00:00Z' })
  const whole = `${head}<ResponseHeadersPolicyConfig>${config}</ResponseHeadersPolicyConfig>`
  return xmlResponse(`<ResponseHeadersPolicy>${whole}</ResponseHeadersPolicy>`, status, {
    etag: `E${version}`,
  })
}

const moto = `arn:aws:cloudfront:${account.id}:`
const aws = `arn:aws:cloudfront::${account.id}:`

function asAwsSays(text: string): string {
  return text.replaceAll(moto, aws)
}

/** In the query string ARNs are encoded. */
function asMotoSays(text: string): string {
  return text.replaceAll(aws, moto).replaceAll(encodeURIComponent(aws), encodeURIComponent(moto))
}
