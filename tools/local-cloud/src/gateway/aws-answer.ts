import type { AwsAnswer } from './aws-request'

export function json(body: unknown, status = 200): AwsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: Buffer.from(JSON.stringify(body ?? {})),
  }
}

export function jsonError(code: string, message: string, status = 400): AwsAnswer {
  const answer = json({ __type: code, message }, status)
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } }
}

/** The answer of an operation of the query protocol. */
export function queryAnswer(operation: string, result: string): AwsAnswer {
  const body = `<${operation}Response><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></${operation}Response>`
  return xml(body)
}

export function xml(body: string, status = 200, headers: Record<string, string> = {}): AwsAnswer {
  return { status, headers: { 'content-type': 'text/xml', ...headers }, body: Buffer.from(body) }
}

export function xmlError(code: string, message: string, status = 400): AwsAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${text(message)}</Message></Error>`
  return xml(`<ErrorResponse>${error}<RequestId>local</RequestId></ErrorResponse>`, status)
}

/** Text as it stands between tags. */
export function text(value: string): string {
  return value.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The same answer, with its text changed. */
export function rewritten(answer: AwsAnswer, change: (body: string) => string): AwsAnswer {
  return { ...answer, body: Buffer.from(change(answer.body.toString())) }
}

export function isFine({ status }: AwsAnswer): boolean {
  return status < 300
}
