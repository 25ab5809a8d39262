import { Construct } from 'constructs'
import { isScheduled, type ServiceDefinition } from '../definition'
import type { ServiceContext } from './context'
import { EcsService } from './ecs-service'
import { type TeamTopics, tagOwner } from './owner'
import { ScheduledTask } from './scheduled-task'

export interface ServicesProps extends Omit<ServiceContext, 'alarmTopicArn'> {
  readonly topics: TeamTopics
  readonly definitions: Readonly<Record<string, ServiceDefinition>>
}

/** All services and scheduled tasks of src/services. */
export class Services extends Construct {
  /** ECS names of the services with standbys, by short name. */
  readonly covered: Readonly<Record<string, string>>
  /** Task roles and execution roles of those services. */
  readonly coveredRoleArns: readonly string[]

  constructor(scope: Construct, id: string, { definitions, topics, ...shared }: ServicesProps) {
    super(scope, id)
    const covered: Record<string, string> = {}
    const coveredRoleArns: string[] = []
    for (const [name, definition] of Object.entries(definitions)) {
      const context = { ...shared, alarmTopicArn: topics.arnOf(definition) }
      if (isScheduled(definition)) {
        tagOwner(new ScheduledTask(this, name, { name, definition, context }), definition)
        continue
      }
      const service = new EcsService(this, name, { name, definition, context })
      tagOwner(service, definition)
      if (definition.standbys.length === 0) continue
      covered[name] = service.serviceName
      coveredRoleArns.push(...service.roleArns)
    }
    this.covered = covered
    this.coveredRoleArns = coveredRoleArns
  }
}
