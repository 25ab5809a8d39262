/** Makes the zip of the failover controller from its source. Returns where it is. */
export function buildZip(): string

/** Makes the zip of the release before this one, with the SDK of this one. Returns where it is. */
export function previousZip(): string

/**
 * Makes the zip of another function. Returns where it is.
 *
 * @param name of the zip
 * @param external packages that the runtime of Lambda contains
 */
export function buildZipOf(entryPoint: string, name: string, external?: readonly string[]): string

/** The files of which the zip of the failover controller is made, relative to the repository. */
export function bundledFiles(): string[]
