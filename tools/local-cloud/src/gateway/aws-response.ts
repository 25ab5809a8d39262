import type { AwsRequest, AwsResponse } from './aws-request'
import { readXml, writeXml, type XmlElement } from './xml'

export function jsonResponse(body: unknown, status = 200, headers = {}): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: Buffer.from(JSON.stringify(body ?? {})),
  }
}

export function jsonError(code: string, message: string, status = 400): AwsResponse {
  return jsonResponse({ __type: code, message }, status, { 'x-amzn-errortype': code })
}

export function xmlResponse(document: XmlElement, status = 200, headers = {}): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml', ...headers },
    body: Buffer.from(writeXml(document)),
  }
}

export function xmlError(code: string, message: string, status = 400): AwsResponse {
  const error = { Type: 'Sender', Code: code, Message: message }
  return xmlResponse({ ErrorResponse: { Error: error, RequestId: 'local' } }, status)
}

/** The response to a request in the query protocol, of which EC2 has its own dialect. */
export function queryResponse(
  { service, operation }: Pick<AwsRequest, 'service' | 'operation'>,
  result: XmlElement,
): AwsResponse {
  const content =
    service === 'ec2'
      ? { requestId: 'local', ...result }
      : { [`${operation}Result`]: result, ResponseMetadata: { RequestId: 'local' } }
  return xmlResponse({ [`${operation}Response`]: content })
}

export function replaceText(response: AwsResponse, replace: (body: string) => string): AwsResponse {
  return { ...response, body: Buffer.from(replace(response.body.toString())) }
}

/** Applies a change to the parsed document of a response. */
export function editXml(response: AwsResponse, edit: (document: XmlElement) => void): AwsResponse {
  return replaceText(response, (body) => {
    const document = readXml(body)
    edit(document)
    return writeXml(document)
  })
}

export function isSuccess({ status }: AwsResponse): boolean {
  return status < 300
}
