/**
 * Replaces the default provider of the SDK in the zip: the credentials of the variables that Lambda sets. The SDK also knows
 * those of instances, single sign-on and other processes, which no function has.
 */
export const defaultProvider = () => async () => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env
  if (!accessKeyId || !secretAccessKey) {
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: must be set, as Lambda does')
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}
