import { type Check, type Result, runChecks, withoutFalseEvidence } from './check'
import { allChecks } from './checks'
import { identityOf } from './checks/account'
import type { Context } from './context'

export interface PreflightOptions {
  readonly timeoutMs: number
  readonly onProgress?: (done: number, open: readonly Check[]) => void
  /** Hosts that answer as AWS: for tests of what AWS answers. @default AWS's only */
  readonly trustsEndpoint?: boolean
}

/** Runs every check, and leaves `ok` to those that AWS or GitHub confirmed for this account. */
export async function preflight(context: Context, options: PreflightOptions): Promise<Result[]> {
  const identity = identityOf(context)
  const results = await runChecks(allChecks(context, identity), options)
  const caller = await Promise.race([
    identity().catch(() => undefined),
    // A call that hangs has its line already.
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 0)),
  ])
  const { account, endpoints } = context.environment
  const found = caller?.Account
  const isOther = found !== account
  const [emulator] = options.trustsEndpoint ? [] : context.aws.otherHosts
  return results.map((result) =>
    withoutFalseEvidence(result, {
      otherAccount: isOther
        ? found === undefined
          ? 'the account of the credentials is unknown'
          : `the credentials are of account ${found}`
        : undefined,
      emulator,
      isLocal: endpoints === 'emulator',
    }),
  )
}
