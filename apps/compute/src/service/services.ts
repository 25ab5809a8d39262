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
  /** What the tasks of those run as, and what starts them. */
  readonly coveredRoleArns: readonly string[]

  constructor(scope: Construct, id: string, { definitions, ...context }: ServicesProps) {
    super(scope, id)
    checkServices(definitions)
    const covered: Record<string, string> = {}
    const coveredRoleArns: string[] = []
    for (const [name, definition] of Object.entries(definitions)) {
      if (isScheduled(definition)) {
        new Scheduled(this, name, { name, definition, context })
        continue
      }
      const { serviceName, roleArns } = new LongRunning(this, name, { name, definition, context })
      if (definition.standbys.length === 0) continue
      covered[name] = serviceName
      coveredRoleArns.push(...roleArns)
    }
    this.covered = covered
    this.coveredRoleArns = coveredRoleArns
  }
}
