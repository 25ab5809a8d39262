import { parseArgs } from 'node:util'

export interface Options {
  /** A folder with trace files. Undefined: scenarios are made up. */
  readonly traces: string | undefined
  readonly days: number
  readonly seeds: number
  readonly isJson: boolean
}

export class WrongOption extends Error {
  override readonly name = 'WrongOption'
}

export function readOptions(words: readonly string[]): Options {
  const { traces, days, seeds, json } = parsed(words)
  if (days !== undefined && traces === undefined) {
    throw new WrongOption('--days: cuts the files of --traces, which is missing')
  }
  return {
    traces,
    days: numberAbove0('--days', days ?? '7'),
    seeds: wholeNumber('--seeds', seeds ?? '1'),
    isJson: json ?? false,
  }
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        traces: { type: 'string' },
        days: { type: 'string' },
        seeds: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new WrongOption(error instanceof Error ? error.message : String(error))
  }
}

function numberAbove0(option: string, text: string): number {
  const number = Number(text)
  if (text !== '' && number > 0 && Number.isFinite(number)) return number
  throw new WrongOption(`${option}: must be a number above 0; got ${text}`)
}

function wholeNumber(option: string, text: string): number {
  const number = numberAbove0(option, text)
  if (Number.isInteger(number)) return number
  throw new WrongOption(`${option}: must be a whole number; got ${text}`)
}
