import { Construct } from 'constructs'
import { checkServices } from './check-services'
import type { ServiceContext } from './context'
import { isScheduled, type ServiceDefinition } from './definition'
import { LongRunning } from './long-running'
import { Scheduled } from './scheduled'

export interface ServicesProps extends ServiceContext {
  readonly definitions: Readonly<Record<string, ServiceDefinition>>
}

/** Everything that runs on the cluster, as src/services.ts lists it. */
export class Services extends Construct {
  /** Those that have standbys: what ECS calls them. */
  readonly covered: Readonly<Record<string, string>>

  constructor(scope: Construct, id: string, { definitions, ...context }: ServicesProps) {
    super(scope, id)
    checkServices(definitions)
    const covered: Record<string, string> = {}
    for (const [name, definition] of Object.entries(definitions)) {
      if (isScheduled(definition)) {
        new Scheduled(this, name, { name, definition, context })
        continue
      }
      const { serviceName } = new LongRunning(this, name, { name, definition, context })
      if (definition.standbys.length > 0) covered[name] = serviceName
    }
    this.covered = covered
  }
}
