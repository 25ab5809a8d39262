const prefix = 'function-'

/** Each function signs with its own access key, so that an endpoint can identify the caller. */
export function accessKeyIdOf(functionName: string): string {
  return `${prefix}${functionName}`
}

/** The function that signed a call. Undefined for other callers. */
export function functionOf(accessKeyId: string): string | undefined {
  return accessKeyId.startsWith(prefix) ? accessKeyId.slice(prefix.length) : undefined
}
