import { AwsError } from '../endpoint'

export const maxBatchEntries = 10

/** 256 KB, of one message and of all in a batch together. */
export const maxMessageBytes = 262_144

/** What SQS and SNS ask of a batch before they look at its entries. The two word codes alike but for a prefix. */
export function checkBatch(entries: readonly { readonly Id?: string }[] | undefined): void {
  if (entries === undefined || entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.')
  }
  if (entries.length > maxBatchEntries) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${maxBatchEntries}. You have sent ${entries.length}.`,
    )
  }
  const ids = entries.map(({ Id }) => Id ?? '')
  const invalid = ids.find((id) => !/^[\w-]{1,80}$/.test(id))
  if (invalid !== undefined) {
    throw new AwsError('InvalidBatchEntryId', `'${invalid}' is not a valid batch entry id.`)
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined) {
    throw new AwsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`)
  }
}

export function checkBatchBytes(bytes: number): void {
  if (bytes <= maxMessageBytes) return
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${maxMessageBytes} bytes. You have sent ${bytes} bytes.`,
  )
}
