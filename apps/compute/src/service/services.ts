import { AllowTraffic } from '@tideway/constructs'
import { dependable } from 'cdktf'
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
    const ecsServices = new Map<string, EcsService>()
    for (const [name, definition] of Object.entries(definitions)) {
      const context = { ...shared, alarmTopicArn: topics.arnOf(definition) }
      if (isScheduled(definition)) {
        tagOwner(new ScheduledTask(this, name, { name, definition, context }), definition)
        continue
      }
      const service = new EcsService(this, name, { name, definition, context })
      tagOwner(service, definition)
      ecsServices.set(name, service)
      if (definition.standbys.length === 0) continue
      covered[name] = service.serviceName
      coveredRoleArns.push(...service.roleArns)
    }
    for (const [name, caller] of ecsServices) {
      const definition = definitions[name]
      if (definition === undefined || isScheduled(definition)) continue
      for (const callee of definition.connect?.calls ?? []) {
        const service = ecsServices.get(callee)
        if (service !== undefined) allowCalls(caller, callee, service)
      }
    }
    this.covered = covered
    this.coveredRoleArns = coveredRoleArns
  }
}

/** Lets a service call another by name, and deploys that one first: a task knows only the names of before it. */
function allowCalls(caller: EcsService, name: string, callee: EcsService): void {
  new AllowTraffic(caller, `calls-${name}`, {
    fromGroupId: caller.securityGroupId,
    toGroupId: callee.securityGroupId,
    port: callee.port,
    description: `Calls to ${name} by Service Connect`,
  })
  caller.primary.dependsOn = [...(caller.primary.dependsOn ?? []), dependable(callee.primary)]
}
