import { Construct } from 'constructs'
import { isScheduled, type ServiceDefinition } from '../definition'
import type { ServiceContext } from './context'
import { EcsService } from './ecs-service'
import { ScheduledTask } from './scheduled-task'

export interface ServicesProps extends ServiceContext {
  readonly definitions: Readonly<Record<string, ServiceDefinition>>
}

/** All services and scheduled tasks of src/services. */
export class Services extends Construct {
  /** ECS names of the services with standbys, by short name. */
  readonly covered: Readonly<Record<string, string>>
  /** Task roles and execution roles of those services. */
  readonly coveredRoleArns: readonly string[]

  constructor(scope: Construct, id: string, { definitions, ...context }: ServicesProps) {
    super(scope, id)
    const covered: Record<string, string> = {}
    const coveredRoleArns: string[] = []
    for (const [name, definition] of Object.entries(definitions)) {
      if (isScheduled(definition)) {
        new ScheduledTask(this, name, { name, definition, context })
        continue
      }
      const { serviceName, roleArns } = new EcsService(this, name, { name, definition, context })
      if (definition.standbys.length === 0) continue
      covered[name] = serviceName
      coveredRoleArns.push(...roleArns)
    }
    this.covered = covered
    this.coveredRoleArns = coveredRoleArns
  }
}
