import type { MotoPatch } from '../gateway/moto-patch'
import { JsonService } from './json-service'

/**
 * Step Functions. moto cannot validate a definition, which the provider asks for in a plan, and has no versions.
 * Can go when it answers both.
 */
export function stepFunctions(): MotoPatch {
  return new JsonService('states', {
    ListStateMachineVersions: () => ({ stateMachineVersions: [] }),
    ValidateStateMachineDefinition: ({ definition }) => {
      try {
        JSON.parse(String(definition))
        return { result: 'OK', diagnostics: [] }
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        const diagnostic = { severity: 'ERROR', code: 'INVALID_JSON_DESCRIPTION', message }
        return { result: 'FAIL', diagnostics: [diagnostic] }
      }
    },
  })
}
