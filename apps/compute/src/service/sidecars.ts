import type { ServiceDefinition } from '../definition'
import type { ContainerParts, TaskContext } from './container-definition'

/** The containers of a task beside that of the service. */
export function sidecarsOf(
  _definition: ServiceDefinition,
  _context: TaskContext,
): ContainerParts[] {
  return []
}
