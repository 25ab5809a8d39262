/** What a handler of a queue answers to say which messages of the batch are to come again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/**
 * The ids of the failed messages, or `all` for an answer that Lambda takes as a failure of the whole batch:
 * an identifier that is missing, empty or of no message in the batch, or something other than such a list.
 * Nothing, null, an empty object and an empty or null list mean success.
 */
export function failedIds(
  answer: unknown,
  sentIds: ReadonlySet<string>,
): ReadonlySet<string> | 'all' {
  // Lambda sees the answer as JSON.
  const parsed: unknown = JSON.parse(JSON.stringify(answer ?? null))
  if (parsed === null) return new Set()
  if (typeof parsed !== 'object' || Array.isArray(parsed)) return 'all'
  const failures = (parsed as { batchItemFailures?: unknown }).batchItemFailures ?? []
  if (!Array.isArray(failures)) return 'all'
  const ids = failures.map((failure: unknown) =>
    typeof failure === 'object' && failure !== null && 'itemIdentifier' in failure
      ? failure.itemIdentifier
      : undefined,
  )
  const known = ids.filter((id): id is string => typeof id === 'string' && sentIds.has(id))
  return known.length === ids.length ? new Set(known) : 'all'
}
