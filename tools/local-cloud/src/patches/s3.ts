import { withBody } from '../gateway/aws-request'
import { isSuccess, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

const prefixElement = /<TargetPrefix>([^<]*)<\/TargetPrefix>/

/**
 * S3. moto rejects an access log unless the policy of its target names exactly the prefix, where AWS matches wildcards:
 * this tries the folders above it. Remove it when moto accepts `logs/a/` with a policy for `logs/*`.
 */
export function s3(): MotoPatch {
  const prefixes = new Map<string, string>()
  return {
    service: 's3',
    async handle(request, backend) {
      const [path = '', query = ''] = request.url.split('?')
      if (!new URLSearchParams(query).has('logging')) return backend(request)
      const withPrefix = (text: string, prefix: string) =>
        text.replace(prefixElement, () => `<TargetPrefix>${prefix}</TargetPrefix>`)
      if (request.method !== 'PUT') {
        const prefix = prefixes.get(path)
        const response = await backend(request)
        if (prefix === undefined) return response
        return replaceText(response, (body) => withPrefix(body, prefix))
      }
      const text = request.body.toString()
      const [, prefix] = prefixElement.exec(text) ?? []
      prefixes.delete(path)
      const response = await backend(request)
      if (prefix === undefined || isSuccess(response)) return response
      for (const folder of foldersAbove(prefix)) {
        const other = await backend(withBody(request, withPrefix(text, folder)))
        if (!isSuccess(other)) continue
        prefixes.set(path, prefix)
        return other
      }
      return response
    },
  }
}

/** `a/b/c/` is in `a/b/`, which is in `a/`. */
function foldersAbove(prefix: string): string[] {
  const parts = prefix.split('/').slice(0, -1)
  return parts.slice(1).map((_, index) => `${parts.slice(0, -1 - index).join('/')}/`)
}
