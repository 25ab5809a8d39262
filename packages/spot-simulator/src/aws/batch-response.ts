/** The response of a queue handler: the messages that failed and must be retried. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/**
 * The ids of the failed messages. Undefined, null, an empty object and an empty or null list mean success. `all` means
 * that Lambda fails the whole batch, because the response has another form or an id that is not in the batch.
 */
export function failedIds(
  response: unknown,
  sentIds: ReadonlySet<string>,
): ReadonlySet<string> | 'all' {
  // Lambda receives the response as JSON.
  const parsed: unknown = JSON.parse(JSON.stringify(response ?? null))
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
