/** An error whose message says what to do. */
export class DescribeError extends Error {
  override readonly name = 'DescribeError'
}

const noCredentials = ['CredentialsProviderError', 'ExpiredTokenException', 'TokenProviderError']
const rejectedCredentials = ['InvalidClientTokenId', 'UnrecognizedClientException']
const denied = ['AccessDenied', 'AccessDeniedException']
const throttled = ['ThrottlingException', 'TooManyRequestsException']
const unreachable = ['EAI_AGAIN', 'ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT']

/** Says what to do about an error of AWS. */
export function explained(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if (error instanceof DescribeError) return error
  const { name, message } = error
  const code = 'code' in error ? String(error.code) : ''
  const fix = fixOf(name, code, message)
  return fix === undefined
    ? error
    : new DescribeError(`${(message || code).replace(/\.$/, '')}. ${fix}`)
}

function fixOf(name: string, code: string, message: string): string | undefined {
  if (name === 'ClusterNotFoundException') {
    return 'The cluster was deleted meanwhile, or is in another region: set AWS_REGION.'
  }
  if (denied.includes(name)) {
    return 'The role needs ecs:DescribeCapacityProviders, DescribeClusters, DescribeServices, DescribeTaskDefinition and ListServices.'
  }
  if (throttled.includes(name)) {
    return 'The account makes too many calls to ECS now. Run the command again in a minute.'
  }
  if (noCredentials.includes(name)) return 'Sign in to AWS, or set AWS_PROFILE.'
  if (rejectedCredentials.includes(name)) {
    return 'AWS does not accept these credentials in this region. Sign in again, and check AWS_REGION.'
  }
  if (message.startsWith('Region ')) return 'Set AWS_REGION to the region of the cluster.'
  if (unreachable.includes(code)) {
    return 'ECS cannot be reached there: check AWS_REGION, AWS_ENDPOINT_URL and the network.'
  }
  return undefined
}
