import type { Review } from '../assemble'

export function toHtml(review: Review): string {
  return `<!doctype html><title>${review.stacks.length}</title>`
}
