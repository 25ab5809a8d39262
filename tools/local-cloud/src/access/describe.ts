import { account } from '../patches/account'

/** Calls a service of a JSON protocol that has no client here. */
export async function describe<Output>(
  url: string,
  service: string,
  target: string,
  input: object = {},
  accessKeyId = 'operator',
): Promise<Output> {
  const scope = `${accessKeyId}/20260101/${account.region}/${service}/aws4_request`
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=local`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    },
    body: JSON.stringify(input),
  })
  if (response.ok) return (await response.json()) as Output
  throw new Error(`${target} failed: ${await response.text()}`)
}
