import { jsonInput } from '../gateway/aws-request'
import { isSuccess, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'

/**
 * WAF. moto keeps the rules of a web ACL that is updated to have none. Remove it when a second plan is empty after the last
 * rule of a web ACL was removed.
 */
export function wafv2(): MotoPatch {
  const withoutRules = new Set<unknown>()
  return {
    service: 'wafv2',
    async handle(request, backend) {
      const response = await backend(request)
      if (!isSuccess(response)) return response
      if (request.operation === 'UpdateWebACL') {
        const { Id, Rules = [] } = jsonInput<{ Id?: string; Rules?: readonly unknown[] }>(request)
        if (Rules.length === 0) withoutRules.add(Id)
        else withoutRules.delete(Id)
      }
      if (!request.operation.startsWith('GetWebACL')) return response
      return replaceText(response, (body) => {
        const output = JSON.parse(body)
        if (!withoutRules.has(output.WebACL?.Id)) return body
        return JSON.stringify({ ...output, WebACL: { ...output.WebACL, Rules: [] } })
      })
    },
  }
}
