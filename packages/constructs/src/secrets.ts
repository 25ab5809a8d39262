/** An access key of AWS, or a private key. */
const secret = /\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** Names of variables with a secret as their value. A URL, name or ARN of a secret is none. */
const secretName =
  /(^|_)(PASSWORD|PASSWD|SECRET|SECRET_KEY|SECRET_ACCESS_KEY|ACCESS_KEY_ID|TOKEN|API_KEY|PRIVATE_KEY|AUTH_DATA)$/i

export const hasSecret = (text: unknown): boolean => secret.test(String(text))

export function isSecret(name: string, value: unknown): boolean {
  return hasSecret(value) || secretName.test(name)
}
