import { describeFailure } from './failures'

/**
 * Who determines the answer. The emulator invents what only `aws` decides (quotas, offerings, certificates), so there
 * its answer is never ok. It really has what the bootstrap puts into it (`stacks`).
 */
export type Source = 'aws' | 'stacks' | 'github' | 'settings'

export type Outcome =
  | { readonly status: 'ok'; readonly message: string; readonly details?: readonly string[] }
  | {
      readonly status: 'wrong'
      /** What is wrong. */
      readonly message: string
      readonly breaks: string
      /** The command that fixes it, or the step where no command can. */
      readonly fix: string
      readonly details?: readonly string[]
    }
  | {
      readonly status: 'not checked'
      /** Why. */
      readonly message: string
      readonly details?: readonly string[]
    }

/** One line of the report. */
export interface Check {
  readonly area: string
  readonly subject: string
  readonly source: Source
  readonly run: () => Promise<Outcome>
}

export type Result = Omit<Check, 'run'> & Outcome

export const ok = (message: string, details?: readonly string[]): Outcome => ({
  status: 'ok',
  message,
  ...(details && { details }),
})

export const wrong = (
  message: string,
  { breaks, fix, details }: { breaks: string; fix: string; details?: readonly string[] },
): Outcome => ({ status: 'wrong', message, breaks, fix, ...(details && { details }) })

export const notChecked = (message: string, details?: readonly string[]): Outcome => ({
  status: 'not checked',
  message,
  ...(details && { details }),
})

export interface RunOptions {
  /** The longest that one check may take. */
  readonly timeoutMs: number
  readonly onProgress?: (done: number, open: readonly Check[]) => void
}

/** Runs all checks at the same time. A check that fails or hangs becomes a line of its own, and hides no other. */
export async function runChecks(
  checks: readonly Check[],
  { timeoutMs, onProgress }: RunOptions,
): Promise<Result[]> {
  const open = new Set(checks)
  return Promise.all(
    checks.map(async (check): Promise<Result> => {
      const outcome = await withTimeout(check, timeoutMs).catch((error: unknown) =>
        notChecked(describeFailure(error)),
      )
      open.delete(check)
      onProgress?.(checks.length - open.size, [...open])
      const { area, subject, source } = check
      return { area, subject, source, ...outcome }
    }),
  )
}

function withTimeout({ run }: Check, timeoutMs: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<Outcome>((resolve) => {
    const message = `no answer within ${timeoutMs / 1000} s; --timeout allows more`
    timer = setTimeout(() => resolve(notChecked(message)), timeoutMs)
  })
  // In a promise, so that a check that throws at once is caught as well.
  const outcome = Promise.resolve().then(run)
  return Promise.race([outcome, timeout]).finally(() => clearTimeout(timer))
}

/** Reads once, for all checks that need it. */
export function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined
  return () => {
    value ??= read()
    return value
  }
}

/** The items of all pages. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of pages) items.push(...(itemsOf(page) ?? []))
  return items
}

/** What depends on the account: other credentials, or an emulator, make a line `not checked`. */
export interface AccountFacts {
  /** Why answers are not about the account of the environment, if so. */
  readonly otherAccount: string | undefined
  /** The host that answered in place of AWS, if any. */
  readonly emulator: string | undefined
  /** Whether the environment is the local cloud, which needs no bootstrap. */
  readonly isLocal: boolean
}

/** An answer for another account or from an emulator is no evidence about this account. */
export function withoutFalseEvidence(result: Result, facts: AccountFacts): Result {
  const { area, subject, source } = result
  const isOfAccount = source === 'aws' || source === 'stacks'
  if (!isOfAccount || result.status === 'not checked') return result
  const replace = (message: string): Result => ({
    area,
    subject,
    source,
    status: 'not checked',
    message,
  })
  if (facts.otherAccount !== undefined && subject !== 'account') {
    return replace(facts.otherAccount)
  }
  if (facts.emulator !== undefined && source === 'aws' && result.status === 'ok') {
    return replace(`${facts.emulator} is an emulator and answers: ${result.message}`)
  }
  if (facts.isLocal && source === 'stacks' && result.status === 'wrong') {
    return replace(`the local cloud runs without the bootstrap: ${result.message}`)
  }
  return result
}
