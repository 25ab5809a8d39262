import type { ResponseHeadersPolicy } from './deployed-path'
import type { PathRequest } from './request'

/** Changes the headers of a response as the policy of its behavior says. */
export function applyResponsePolicy(
  policy: ResponseHeadersPolicy | undefined,
  request: PathRequest,
  headers: Record<string, string>,
): void {
  if (policy === undefined) return
  for (const name of policy.remove) delete headers[name]
  for (const { name, value, override } of policy.headers) {
    if (override || headers[name] === undefined) headers[name] = value
  }
  const { cors } = policy
  const { origin } = request.headers
  if (cors === undefined || origin === undefined) return
  const set = (name: string, value: string) => {
    if (value !== '' && (cors.override || headers[name] === undefined)) headers[name] = value
  }
  if (!cors.allowOrigins.some((allowed) => allowed === '*' || allowed === origin)) return
  set('access-control-allow-origin', cors.allowOrigins.includes('*') ? '*' : origin)
  if (cors.allowCredentials) set('access-control-allow-credentials', 'true')
  if (request.method === 'OPTIONS') {
    set('access-control-allow-methods', cors.allowMethods.join(', '))
    set('access-control-allow-headers', cors.allowHeaders.join(', '))
    if (cors.maxAgeSeconds !== undefined) set('access-control-max-age', `${cors.maxAgeSeconds}`)
  } else set('access-control-expose-headers', cors.exposeHeaders.join(', '))
}
