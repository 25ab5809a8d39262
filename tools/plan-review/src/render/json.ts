import type { Review } from '../assemble'

/** For machines: the same facts, in a form that keeps its names. */
export function toJson(review: Review): string {
  return `${JSON.stringify({ format: 'tideway-plan-review/1', ...review }, null, 2)}\n`
}
