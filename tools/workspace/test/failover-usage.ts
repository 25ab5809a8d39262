import { parseArgs } from 'node:util'
import { parse, type World } from '@tideway/failover/command'

const world: World = {
  variables: {},
  signal: new AbortController().signal,
  print: () => {},
  warn: () => {},
  ask: async () => undefined,
  terminal: undefined,
  localEndpoint: async () => undefined,
}

/** What is wrong with the arguments of the failover: its verb, its options, or what it is about. */
export async function failoverProblem(words: readonly string[]): Promise<string | undefined> {
  const [given = ''] = words
  if (['', '...'].includes(given)) return undefined
  // "status|why -c ENV" stands for a command of each verb.
  if (given.includes('|')) {
    const each = given.split('|').map((verb) => failoverProblem([verb, '--help', '-c', 'dev']))
    return (await Promise.all(each)).find((problem) => problem !== undefined)
  }
  // In a sentence, a command may do without its environment.
  const isComplete = words.some((word) => ['-c', '--cluster'].includes(word))
  const args = isComplete ? [...words] : [...words, '-c', 'prod']
  try {
    const parsed = await parse(args, world)
    if (typeof parsed === 'string') return undefined
    const [, line = ''] = /^npm run failover -- [\w-]+ ?(.*?) ?-c ENV/.exec(parsed.verb.usage) ?? []
    const common = {
      configuration: { type: 'string', short: 'c' },
      cluster: { type: 'string' },
    } as const
    const options = { ...common, ...parsed.verb.options }
    const { values, positionals } = parseArgs({ args: args.slice(1), options, strict: false })
    const usage = line.split(' ').filter((word) => word !== '' && !word.startsWith('[-'))
    const expected = usage.filter((word) => values.all !== true || !word.includes('--all'))
    const required = expected.filter((word) => !word.startsWith('['))
    const hasAll = positionals.length >= required.length && positionals.length <= expected.length
    const isNamed = positionals.every((each, index) => fits(each, expected[index] ?? ''))
    return hasAll && isNamed ? undefined : `must be ${line}`
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error)
  }
}

/** Whether a word is one of `on|off|N|SERVICE`. */
function fits(given: string, expected: string): boolean {
  const choices = expected.replace(/[[\]]/g, '').split('|')
  if (choices.includes(given) || choices.includes('SERVICE')) return true
  return choices.includes('N') && /^\d+$/.test(given)
}
