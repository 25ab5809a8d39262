import { jsonInput } from '../gateway/aws-request'
import { isSuccess, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { respond } from './operations'

/**
 * Step Functions. moto cannot validate a definition, which the provider does in a plan, has no versions, and returns
 * every state machine as a standard one. Remove it when moto supports both operations and the types.
 */
export function stepFunctions(): MotoPatch {
  const types = new Map<string, unknown>()
  return {
    service: 'states',
    handle: async (request, backend) => {
      const own = respond(request, {
        ListStateMachineVersions: () => ({ stateMachineVersions: [] }),
        ValidateStateMachineDefinition: ({ definition }) => validated(String(definition)),
      })
      if (own !== undefined) return own
      const response = await backend(request)
      if (!isSuccess(response)) return response
      const { operation } = request
      if (operation === 'CreateStateMachine') {
        const { stateMachineArn } = JSON.parse(response.body.toString())
        types.set(stateMachineArn, jsonInput(request).type ?? 'STANDARD')
      }
      if (operation !== 'DescribeStateMachine') return response
      return replaceText(response, (body) => {
        const output = JSON.parse(body)
        return JSON.stringify({ ...output, type: types.get(output.stateMachineArn) ?? output.type })
      })
    },
  }
}

function validated(definition: string) {
  try {
    JSON.parse(definition)
    return { result: 'OK', diagnostics: [] }
  } catch (error) {
    const { message } = error as SyntaxError
    const diagnostic = { severity: 'ERROR', code: 'INVALID_JSON_DESCRIPTION', message }
    return { result: 'FAIL', diagnostics: [diagnostic] }
  }
}
