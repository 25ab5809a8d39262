/** A problem that the user can fix. The command prints its message alone, and exits with 2. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
}
