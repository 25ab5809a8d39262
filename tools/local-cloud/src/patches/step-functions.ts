import type { MotoPatch } from '../gateway/moto-patch'
import { operationsPatch } from './operations'

/**
 * Step Functions. moto cannot validate a definition, which the provider does in a plan, and has no versions.
 * Remove it when moto supports both operations.
 */
export function stepFunctions(): MotoPatch {
  return operationsPatch('states', {
    ListStateMachineVersions: () => ({ stateMachineVersions: [] }),
    ValidateStateMachineDefinition: ({ definition }) => {
      try {
        JSON.parse(String(definition))
        return { result: 'OK', diagnostics: [] }
      } catch (error) {
        const { message } = error as SyntaxError
        const diagnostic = { severity: 'ERROR', code: 'INVALID_JSON_DESCRIPTION', message }
        return { result: 'FAIL', diagnostics: [diagnostic] }
      }
    },
  })
}
