import { evaluate, type Result } from './control'
import { controls } from './controls'
import { exceptions } from './exceptions'
import { Platform, type StackJson } from './platform'
import { type Verdict, verdictOf } from './verdict'

export interface Outcome {
  readonly result: Result
  readonly verdict: Verdict
}

/** @param isComplete whether these are all stacks: see `verdictOf` */
export function outcomesOf(
  stacks: Readonly<Record<string, StackJson>>,
  isComplete: boolean,
): readonly Outcome[] {
  const platform = new Platform(stacks)
  return controls.map((control) => {
    const result = evaluate(control, platform)
    return { result, verdict: verdictOf(result, exceptions, isComplete) }
  })
}
