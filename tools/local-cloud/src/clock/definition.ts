import type { ChoiceRule } from './choice'
import type { Json, JsonObject } from './json-path'

/** A state machine in the Amazon States Language. */
export interface Definition {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
  readonly TimeoutSeconds?: number
  readonly QueryLanguage?: string
}

export interface Retrier {
  readonly ErrorEquals: readonly string[]
  readonly IntervalSeconds?: number
  readonly MaxAttempts?: number
  readonly BackoffRate?: number
  readonly MaxDelaySeconds?: number
  readonly JitterStrategy?: 'FULL' | 'NONE'
}

export interface Catcher {
  readonly ErrorEquals: readonly string[]
  readonly Next: string
  readonly ResultPath?: string | null
}

/** The fields of all types of states. */
export interface State {
  readonly Type: string
  readonly Next?: string
  readonly End?: boolean
  readonly InputPath?: string | null
  readonly OutputPath?: string | null
  readonly Parameters?: Json
  readonly ResultSelector?: Json
  readonly ResultPath?: string | null
  readonly Retry?: readonly Retrier[]
  readonly Catch?: readonly Catcher[]
  readonly QueryLanguage?: string
  // Task
  readonly Resource?: string
  readonly TimeoutSeconds?: number
  // Choice
  readonly Choices?: readonly ChoiceRule[]
  readonly Default?: string
  // Pass
  readonly Result?: Json
  // Wait
  readonly Seconds?: number
  readonly Timestamp?: string
  // Fail
  readonly Error?: string
  readonly Cause?: string
}

const types = ['Task', 'Choice', 'Pass', 'Wait', 'Succeed', 'Fail']

/** Fields whose value is a path, in place of the value itself. */
const pathFields = ['TimeoutSecondsPath', 'SecondsPath', 'TimestampPath', 'ErrorPath', 'CausePath']

/** The parts of a definition that are not simulated, as lines. */
export function notRunParts(
  definition: Definition,
  isRun: (resource: string) => boolean,
): string[] {
  const inStates = Object.entries(definition.States).flatMap(([name, state]) => {
    const { Type, Resource = '' } = state
    return [
      ...(types.includes(Type) ? [] : [`state ${name}: its type ${Type}`]),
      ...(Type === 'Task' && !isRun(Resource) ? [`state ${name}: its resource ${Resource}`] : []),
      ...pathFields.filter((field) => field in state).map((field) => `state ${name}: ${field}`),
      ...(state.QueryLanguage === 'JSONata' ? [`state ${name}: JSONata`] : []),
    ]
  })
  return [...(definition.QueryLanguage === 'JSONata' ? ['JSONata'] : []), ...inStates]
}

/** The clusters and the families of the tasks that a definition names, at any depth. */
export function tasksIn(value: unknown): { clusters: string[]; families: string[] } {
  const text = JSON.stringify(value) ?? ''
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name)
  return {
    clusters: all(/:cluster\/([\w-]+)/g),
    families: all(/:task-definition\/([\w-]+)/g),
  }
}

/** A definition, or why it is none. */
export function readDefinition(text: string): Definition | string {
  try {
    const definition: JsonObject = JSON.parse(text)
    const { States, StartAt } = definition
    const isGraph = typeof States === 'object' && States !== null && typeof StartAt === 'string'
    if (!isGraph) return 'the definition has no States or StartAt'
    return definition as unknown as Definition
  } catch (error) {
    return `the definition is not JSON: ${String(error)}`
  }
}
