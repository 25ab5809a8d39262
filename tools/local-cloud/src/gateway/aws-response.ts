import type { AwsResponse } from './aws-request'

function response(
  contentType: string,
  body: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): AwsResponse {
  return { status, headers: { 'content-type': contentType, ...headers }, body: Buffer.from(body) }
}

export function jsonResponse(body: unknown, status = 200, headers = {}): AwsResponse {
  return response('application/x-amz-json-1.1', JSON.stringify(body ?? {}), status, headers)
}

export function jsonError(code: string, message: string, status = 400): AwsResponse {
  return jsonResponse({ __type: code, message }, status, { 'x-amzn-errortype': code })
}

export function isSuccess({ status }: AwsResponse): boolean {
  return status < 300
}

/** The response of an operation of the query protocol. */
export function queryResponse(operation: string, result: string): AwsResponse {
  const body = `<${operation}Response><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></${operation}Response>`
  return xmlResponse(body)
}

export function xmlResponse(body: string, status = 200, headers = {}): AwsResponse {
  return response('text/xml', body, status, headers)
}

export function xmlError(code: string, message: string, status = 400): AwsResponse {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${text(message)}</Message></Error>`
  return xmlResponse(`<ErrorResponse>${error}<RequestId>local</RequestId></ErrorResponse>`, status)
}

export function text(value: string): string {
  return value.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function rewritten(answer: AwsResponse, change: (body: string) => string): AwsResponse {
  return { ...answer, body: Buffer.from(change(answer.body.toString())) }
}
