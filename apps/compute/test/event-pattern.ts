import type { Block } from '@tideway/constructs/testing'

/**
 * Whether EventBridge would deliver an event under a pattern: what the patterns of this stack use of its language,
 * and an error for the rest, so that none is believed to match by accident.
 */
export function matches(pattern: Block, event: Block | undefined): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return wanted.some((one: Block) => matches(one, event))
    const value = event?.[field]
    if (!Array.isArray(wanted)) {
      return typeof value === 'object' && value !== null && matches(wanted, value)
    }
    // A list in an event matches if one of its items does.
    const values = Array.isArray(value) ? value : [value]
    return values.some((item) => wanted.some((matcher) => fits(matcher, item)))
  })
}

function fits(matcher: unknown, value: unknown): boolean {
  if (typeof matcher === 'string') return matcher === value
  const [[kind, argument] = [], ...others] = Object.entries(matcher as object)
  if (others.length > 0 || typeof argument !== 'string') throw new Error('not in this language')
  switch (kind) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(argument)
    case 'wildcard': {
      const parts = argument.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      return typeof value === 'string' && new RegExp(`^${parts.join('.*')}$`).test(value)
    }
    default:
      throw new Error(`${kind}: not in this language`)
  }
}
