/** Something a person can mend. Its message is printed as it stands, and the exit code is 2. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
}
