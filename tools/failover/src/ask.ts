import { OperatorError } from './errors'
import type { Values, VerbContext } from './verb'

/**
 * Asks before a change where the environment requires it: the operator types its name. `--yes` is for scripts. Throws
 * if there is nobody to ask, or for another answer.
 */
export async function confirm(
  { environment, asks, ask }: Pick<VerbContext, 'ask' | 'asks' | 'environment'>,
  { yes }: Values,
  isAlwaysAsked = false,
): Promise<void> {
  if (yes === true || !(asks || isAlwaysAsked)) return
  const answer = await ask(`This is ${environment}. Type its name to go on: `)
  if (answer === undefined) {
    throw new OperatorError(
      `${environment}: this has to be confirmed, and there is no terminal to ask. Nothing was changed. Add --yes to confirm it in a script.`,
    )
  }
  if (answer.trim() !== environment) {
    throw new OperatorError(`"${answer.trim()}" is not "${environment}", so nothing was changed.`)
  }
}
