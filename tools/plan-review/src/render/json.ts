import type { Review } from '../assemble'

/** The review for programs, in a stable format. */
export function toJson(review: Review): string {
  return `${JSON.stringify({ format: 'tideway-plan-review/2', ...review }, null, 2)}\n`
}
