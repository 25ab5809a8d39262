import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export interface Options {
  /** A folder with trace files. Undefined: synthetic scenarios. */
  readonly traces: string | undefined
  readonly days: number
  readonly seeds: number
  /** Names. Empty: all. */
  readonly scenarios: readonly string[]
  readonly policies: readonly string[]
  /** Processes. 1: this one. */
  readonly workers: number
  readonly isJson: boolean
  /** A file for the report as a page. */
  readonly report: string | undefined
}

export class InvalidOption extends Error {
  override readonly name = 'InvalidOption'
}

export function readOptions(args: readonly string[]): Options {
  const { traces, days, seeds, scenario, policy, workers, json, report } = parse(args)
  if (days !== undefined && traces === undefined) {
    throw new InvalidOption('--days: requires --traces, whose files it truncates; got no --traces')
  }
  return {
    traces,
    days: numberAbove0('--days', days ?? '7'),
    seeds: wholeNumber('--seeds', seeds ?? '1'),
    scenarios: scenario ?? [],
    policies: policy ?? [],
    workers: wholeNumber('--workers', workers ?? String(availableParallelism())),
    isJson: json ?? false,
    report,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        traces: { type: 'string' },
        days: { type: 'string' },
        seeds: { type: 'string' },
        scenario: { type: 'string', multiple: true },
        policy: { type: 'string', multiple: true },
        workers: { type: 'string' },
        json: { type: 'boolean' },
        report: { type: 'string' },
      },
    }).values
  } catch (error) {
    throw new InvalidOption(error instanceof Error ? error.message : String(error))
  }
}

function numberAbove0(option: string, text: string): number {
  const number = Number(text)
  if (text !== '' && number > 0 && Number.isFinite(number)) return number
  throw new InvalidOption(`${option}: must be a number above 0; got ${text}`)
}

function wholeNumber(option: string, text: string): number {
  const number = numberAbove0(option, text)
  if (Number.isInteger(number)) return number
  throw new InvalidOption(`${option}: must be a whole number; got ${text}`)
}
