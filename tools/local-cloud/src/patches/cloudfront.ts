import type { AwsRequest, AwsResponse, Backend } from '../gateway/aws-request'
import { editXml, isSuccess, replaceText, xmlError, xmlResponse } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed, readXml, textNamed, type XmlElement } from '../gateway/xml'
import { account } from './account'
import { CloudFrontFunctions } from './cloudfront-functions'
import { uuidOf } from './stores'

interface Policy {
  readonly kind: string
  readonly id: string
  readonly config: XmlElement | undefined
  readonly version: number
}

/** The names of policies in XML and in errors, by their name in a path. */
const policyKinds: Readonly<Record<string, string>> = {
  'cache-policy': 'CachePolicy',
  'origin-request-policy': 'OriginRequestPolicy',
  'response-headers-policy': 'ResponseHeadersPolicy',
}

/**
 * CloudFront. moto drops nested blocks of a distribution, has no policies and functions, and omits a colon in ARNs.
 * Remove it when a second plan of a distribution is empty and its logs can be delivered.
 */
export class CloudFront implements MotoPatch {
  readonly service = 'cloudfront'
  private readonly policies = new Map<string, Policy>()
  private policiesCreated = 0
  private readonly functions = new CloudFrontFunctions()
  /** Configurations as written, by the id of the distribution. */
  private readonly distributions = new Map<string, XmlElement>()

  resourceIds(): string[] {
    return [...this.policies.keys(), ...this.functions.names]
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const [, , kind, pathId] = request.url.split('?')[0]?.split('/') ?? []
    const policyKind = policyKinds[kind ?? '']
    if (policyKind !== undefined) return this.handlePolicy(request, policyKind, pathId ?? '')
    if (kind === 'function') return this.functions.handle(request)
    const response = await backend({ ...request, url: withMotoArns(request.url) })
    if (!isSuccess(response)) return response
    const config = configIn(request, 'DistributionConfig')
    const id = pathId ?? textNamed(readXml(response.body), 'Id') ?? ''
    if (config !== undefined) this.distributions.set(id, config)
    const stored = this.distributions.get(id)
    // As in AWS, the response contains the defaults of omitted fields.
    const restored =
      stored === undefined
        ? response
        : editXml(response, (document) => {
            for (const each of elementsNamed(document, 'DistributionConfig')) {
              Object.assign(each, stored)
            }
          })
    return replaceText(restored, (body) => body.replaceAll(motoArn, awsArn))
  }

  private handlePolicy(request: AwsRequest, kind: string, id: string): AwsResponse {
    const { method } = request
    const found = this.policies.get(id)
    const stored = found?.kind === kind ? found : undefined
    if (method !== 'POST' && stored === undefined) {
      return xmlError(`NoSuch${kind}`, `Policy ${id} does not exist.`, 404)
    }
    if (stored !== undefined && method === 'GET') return policyResponse(stored)
    if (method === 'DELETE') {
      this.policies.delete(id)
      return xmlResponse({}, 204)
    }
    const policy = {
      kind,
      id: stored?.id ?? uuidOf(`policy ${++this.policiesCreated}`),
      config: configIn(request, `${kind}Config`),
      version: (stored?.version ?? 0) + 1,
    }
    this.policies.set(policy.id, policy)
    return policyResponse(policy, method === 'POST' ? 201 : 200)
  }
}

function configIn({ body }: AwsRequest, name: string): XmlElement | undefined {
  const [element] = elementsNamed(readXml(body), name)
  if (element === undefined) return undefined
  const { '@_xmlns': _, ...config } = element
  return config
}

function policyResponse({ kind, id, config, version }: Policy, status = 200): AwsResponse {
  const policy = { Id: id, LastModifiedTime: '2026-01-05T00:00:00Z' }
  const document = { [kind]: { ...policy, [`${kind}Config`]: config } }
  return xmlResponse(document, status, { etag: `E${version}` })
}

const motoArn = `arn:aws:cloudfront:${account.id}:`
const awsArn = `arn:aws:cloudfront::${account.id}:`

function withMotoArns(url: string): string {
  const [encodedAws, encodedMoto] = [awsArn, motoArn].map(encodeURIComponent) as [string, string]
  return url.replaceAll(awsArn, motoArn).replaceAll(encodedAws, encodedMoto)
}
