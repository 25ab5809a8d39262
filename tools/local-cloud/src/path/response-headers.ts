import type { ResponseHeadersPolicy } from './deployed-path'
/** Changes the headers of a response as the policy of its behavior says. */
export function applyResponsePolicy(
  policy: ResponseHeadersPolicy | undefined,
  headers: Record<string, string>,
): void {
  if (policy === undefined) return
  for (const name of policy.remove) delete headers[name]
  for (const { name, value, override } of policy.headers) {
    if (override || headers[name] === undefined) headers[name] = value
  }
}
