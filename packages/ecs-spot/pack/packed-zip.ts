import { join } from 'node:path'

/** In the packed package, in place of the function that builds the zip in the repository. */
export function buildZip(): string {
  return join(__dirname, 'failover.zip')
}
