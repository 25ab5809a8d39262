import { createInterface } from 'node:readline/promises'
import { isObject } from '@tideway/constructs'

/** Asks a question. Rejects with an Interrupted if the answer is Ctrl-C. */
export type Ask = (question: string) => Promise<string>

/** A wrong argument, or a state in which the command would do harm. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export function isArgumentError(error: unknown): error is Error {
  const isFromParser =
    isObject(error) && 'code' in error && /^ERR_PARSE_ARGS/.test(String(error.code))
  return isFromParser || error instanceof CommandError
}

export async function isYes(ask: Ask, question: string, choices: 'Y/n' | 'y/N'): Promise<boolean> {
  const answer = (await ask(`${question} [${choices}]: `)).trim()
  return answer === '' ? choices === 'Y/n' : /^y(es)?$/i.test(answer)
}

/** Questions on the terminal, if there is one. Ctrl-C and Ctrl-D end the command. */
export function terminalQuestions(): Ask | undefined {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) return undefined
  return async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return await new Promise((answered, rejected) => {
        lines.on('close', () => rejected(new Interrupted()))
        lines.question(question).then(answered, rejected)
      })
    } finally {
      lines.close()
    }
  }
}
