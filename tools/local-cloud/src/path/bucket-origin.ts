import { allows } from '@tideway/constructs/iam-evaluator'
import type { Bucket, Distribution, Origin } from './deployed-path'
import type { ParsedRequest } from './listener-rules'
import { answer, bucketError } from './responses'
import type { Routed } from './routed'

/** Whether the name is one of S3, such as `name.s3.us-east-1.amazonaws.com`. */
export function isBucketName(domainName: string): boolean {
  return /\.s3[.-]([a-z0-9-]+\.)?amazonaws\.com$/.test(domainName)
}

/** Answers for a bucket, as its policy allows the distribution. */
export function askBucket(
  by: string,
  bucket: Bucket | undefined,
  origin: Origin,
  distribution: Distribution,
  request: ParsedRequest,
): Routed {
  const name = bucket?.name ?? origin.domainName.split('.s3')[0]
  const part = `bucket ${name}`
  const deny = (message: string) =>
    answer(by, withoutBody(request, bucketError(403, 'AccessDenied', 'Access Denied')), {
      part,
      message,
    })
  if (bucket === undefined) {
    const response = bucketError(404, 'NoSuchBucket', 'The specified bucket does not exist')
    return answer(by, response, { part, message: 'it does not exist' })
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return deny(`it does not allow ${request.method}`)
  }
  const key = decodeKey(request.pathname)
  const signed = Boolean(origin.accessControlId)
  const isAllowed = (action: string, resource: string) =>
    allows([bucket.policy ?? { Statement: [] }], {
      action,
      resource,
      principal: signed ? 'cloudfront.amazonaws.com' : '*',
      context: signed
        ? {
            'aws:SourceArn': distribution.arn,
            'aws:SecureTransport': 'true',
            'aws:SourceAccount': distribution.arn.split(':')[4] ?? '',
          }
        : { 'aws:SecureTransport': 'true' },
    })
  const arn = `arn:aws:s3:::${bucket.name}`
  if (!isAllowed('s3:GetObject', `${arn}/${key}`)) {
    const caller = signed ? `distribution ${distribution.id}` : 'anonymous requests'
    return deny(`its policy does not allow ${caller} to read ${key}`)
  }
  const object = bucket.objects.get(key)
  if (object !== undefined) {
    const headers = {
      server: 'AmazonS3',
      ...object.headers,
      'content-length': `${object.body.length}`,
    }
    return answer(by, withoutBody(request, { status: 200, headers, body: object.body }))
  }
  const message = `it has no object ${key}`
  // S3 hides what is missing from callers that may not list the bucket.
  if (!isAllowed('s3:ListBucket', arn)) return deny(message)
  const response = bucketError(404, 'NoSuchKey', 'The specified key does not exist.')
  return answer(by, withoutBody(request, response), { part, message })
}

function withoutBody<Response extends { body: Buffer }>(
  { method }: ParsedRequest,
  response: Response,
): Response {
  return method === 'HEAD' ? { ...response, body: Buffer.alloc(0) } : response
}

function decodeKey(pathname: string): string {
  const key = pathname.slice(1)
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
