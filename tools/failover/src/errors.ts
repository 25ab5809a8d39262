import { isCredentialError, isDenied, messageOf } from '@tideway/constructs/aws-errors'

/** A message for the operator, printed without a stack trace. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError'
}

/** The command line is wrong: see the usage. */
export class UsageError extends OperatorError {
  override readonly name = 'UsageError'
}

/** The IAM action of the call that failed with an error. The error of the SDK stays as it is, for those who read it. */
export const failedCalls = new WeakMap<Error, string>()

/** Where the command works, for messages. */
export interface Place {
  readonly environment: string
  readonly region: string
}

const throttled =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|ProvisionedThroughputExceededException|SlowDown)$/
const unreachable =
  /^(TimeoutError|AbortError|NetworkingError)$|ECONNREFUSED|ENOTFOUND|ECONNRESET|EAI_AGAIN|ETIMEDOUT/

/**
 * One message for any failure: what was tried, what is missing, and what to do. Undefined for a bug, which needs its
 * stack trace.
 */
export function explain(error: unknown, { environment, region }: Place): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof OperatorError || isForUser(error)) return error.message
  const action = failedCalls.get(error)
  if (action === undefined) return undefined
  const { code } = error as { code?: unknown }
  const kind = `${error.name} ${typeof code === 'string' ? code : ''}`.trim()
  const tried = `${action} in ${region} failed`
  const text = messageOf(error).replace(/\.$/, '')
  if (isCredentialError(error.name)) {
    return `${tried}: no valid credentials (${kind}): ${text}. Sign in to the account of ${environment}, for example with: aws sso login`
  }
  if (isDenied(error.name)) {
    return `${tried}: access denied: ${text}. The credentials need ${action}: npm run failover -- policy -c ${environment} prints the policy. Check the account and the region too.`
  }
  if (throttled.test(error.name)) {
    const done = isWrite(action)
      ? 'It was retried and not accepted, so nothing was changed by it'
      : 'It was retried and only reads, so nothing was changed by it'
    return `${tried}: AWS throttles (${error.name}). ${done}. Wait a minute and repeat the command.`
  }
  if (error.name === 'ClusterNotFoundException') {
    return `${tried}: ${text} Check -c, --cluster and --region: the function in ${region} names this cluster.`
  }
  const { $response: response } = error as { $response?: { readonly statusCode?: number } }
  // The SDK adds the hint to what it cannot parse, and has no name for an error without a code.
  if (error.name === 'Unknown' || error.message.includes('Deserialization error')) {
    return `${tried}: the answer is not from AWS (HTTP status ${response?.statusCode ?? 'unknown'}), but from a proxy, a gateway or a wrong endpoint. Check the network, AWS_ENDPOINT_URL and HTTPS_PROXY, and repeat the command.`
  }
  if (unreachable.test(kind)) {
    return `${tried}: no answer (${kind}): ${text}. Check the network, the region and AWS_ENDPOINT_URL.`
  }
  return `${tried}: ${kind}: ${text}`
}

function isWrite(action: string): boolean {
  return !/:(BatchGet|Describe|Filter|Get|List|Query)/.test(action)
}

function isForUser({ name }: Error): boolean {
  return name === 'InvalidSettingsError' || name === 'TerraformToolError'
}

/** The names, the nearest to a wrong one first, as a list for a message. */
export function nearestFirst(wrong: string, names: readonly string[]): string[] {
  return [...names].sort(
    (one, other) => distance(wrong, one) - distance(wrong, other) || (one < other ? -1 : 1),
  )
}

/** The number of letters to insert, remove or replace. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (const [j, otherLetter] of [...other].entries()) {
      next.push(
        Math.min(
          (next[j] ?? 0) + 1,
          (row[j + 1] ?? 0) + 1,
          (row[j] ?? 0) + (letter === otherLetter ? 0 : 1),
        ),
      )
    }
    row = next
  }
  return row.at(-1) ?? 0
}
