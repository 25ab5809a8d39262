/** An error of an execution, by the name that Retry and Catch match. */
export class StatesError extends Error {
  constructor(
    readonly error: string,
    readonly reason: string,
  ) {
    super(`${error}: ${reason}`)
    this.name = error
  }
}

/** A part of a definition that is not simulated. */
export class NotRunError extends Error {
  override readonly name = 'NotRunError'
}
