const prefix = 'function-'

/** Functions sign with keys of their own: that tells whose role is asked. */
export function keyOfFunction(name: string): string {
  return `${prefix}${name}`
}

/** Which function signed a call, if one did. */
export function callingFunction(accessKeyId: string): string | undefined {
  return accessKeyId.startsWith(prefix) ? accessKeyId.slice(prefix.length) : undefined
}
