import { readXml, type XmlElement } from '../gateway/xml'
import { account } from '../patches/account'

/** Calls a service of a JSON protocol that has no client here. */
export async function describe<Output>(
  url: string,
  service: string,
  target: string,
  input: object = {},
  accessKeyId = 'operator',
): Promise<Output> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  return JSON.parse(await call(url, service, accessKeyId, headers, JSON.stringify(input)))
}

/** Calls EC2, whose client takes as long to load as all others together. */
export async function describeEc2(url: string, operation: string): Promise<XmlElement> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = `Action=${operation}&Version=2016-11-15`
  return readXml(await call(url, 'ec2', 'operator', headers, body))
}

async function call(
  url: string,
  service: string,
  accessKeyId: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<string> {
  const scope = `${accessKeyId}/20260101/${account.region}/${service}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=local`
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, authorization },
    body,
  })
  const text = await response.text()
  if (response.ok) return text
  throw new Error(`${headers['x-amz-target'] ?? body} failed: ${text}`)
}
