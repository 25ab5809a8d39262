import { AwsError } from '../../endpoint'

/** What DynamoDB answers when a request makes no sense, whatever the table holds. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
