import { normalize } from 'node:path/posix'
import type { InspectedField } from './deployed-path'
import { headersExceed, type ParsedRequest } from './listener-rules'
import { headerOf } from './request'

/** The bytes of a body that CloudFront and load balancers inspect, by default. */
export const inspectedBodyBytes = { CLOUDFRONT: 16_384, REGIONAL: 8192 }

/**
 * Reads the inspected part of a request, after its transformations.
 * @returns undefined if a transformation does not run here
 */
export function fieldReader(
  { field, name = '', transformations }: InspectedField,
  bodyBytes: number,
): ((request: ParsedRequest) => readonly string[]) | undefined {
  const steps = transformations.filter((step) => step !== 'NONE').map((step) => transforms[step])
  if (steps.some((step) => step === undefined)) return undefined
  const read = readers[field](name.toLowerCase(), bodyBytes)
  if (steps.length === 0) return read
  return (request) =>
    read(request).map((text) => steps.reduce((value, step) => step?.(value) ?? value, text))
}

const inspectedHeaderBytes = 8192

/** Whether the inspected part of a request is longer than what is inspected. */
export function isOversized(
  { field }: InspectedField,
  { body, headers }: ParsedRequest,
  bodyBytes: number,
): boolean {
  if (field === 'headers') return headersExceed(headers, inspectedHeaderBytes)
  if (field === 'cookies') return (headers.cookie?.length ?? 0) > inspectedHeaderBytes
  return (body?.length ?? 0) > bodyBytes
}

type Reader = (request: ParsedRequest) => readonly string[]

const readers: Readonly<
  Record<InspectedField['field'], (name: string, bodyBytes: number) => Reader>
> = {
  uriPath:
    () =>
    ({ pathname }) => [pathname],
  queryString:
    () =>
    ({ query }) => [query],
  allQueryArguments: () => (request) => argumentsOf(request).map(([, value]) => value),
  queryArgument: (name) => (request) =>
    argumentsOf(request)
      .filter(([key]) => key.toLowerCase() === name)
      .map(([, value]) => value),
  header: (name) => (request) => presentHeader(request, name),
  headers: () => (request) => Object.entries(request.headers).flat(),
  cookies: () => (request) => presentHeader(request, 'cookie'),
  method:
    () =>
    ({ method }) => [method],
  body: (_, bytes) => bodyReader(bytes),
  jsonBody: (_, bytes) => bodyReader(bytes),
}

function bodyReader(bytes: number): Reader {
  return ({ body }) => [body?.subarray(0, bytes).toString('latin1') ?? '']
}

function presentHeader({ headers, host }: ParsedRequest, name: string): readonly string[] {
  const value = headerOf(headers, name) ?? (name === 'host' ? host : undefined)
  return value === undefined ? [] : [value]
}

export function argumentsOf({ query }: ParsedRequest): (readonly [string, string])[] {
  if (query === '') return []
  return query.split('&').map((parameter) => {
    const equals = parameter.indexOf('=')
    if (equals === -1) return [parameter, ''] as const
    return [parameter.slice(0, equals), parameter.slice(equals + 1)] as const
  })
}

const transforms: Readonly<Record<string, ((text: string) => string) | undefined>> = {
  LOWERCASE: (text) => text.toLowerCase(),
  URL_DECODE: decodeUrl,
  COMPRESS_WHITE_SPACE: (text) => text.replace(/[\s\u00a0]+/g, ' '),
  NORMALIZE_PATH: normalize,
}

/** Leaves what is not valid. `+` is a space. */
function decodeUrl(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}
