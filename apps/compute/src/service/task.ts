import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition'
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter'
import {
  allowHttpsEgress,
  logGroup,
  type PolicyStatement,
  resourceName,
  ServiceRole,
  securityGroup,
  tidewayStackOf,
} from '@tideway/constructs'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { cpuArchitecture } from '../capacity/instance-types'
import { isScheduled, type ServiceDefinition } from '../definition'
import { accessOf } from './access'
import { containerDefinition } from './container-definition'
import type { ServiceProps } from './context'
import { sidecarsOf } from './sidecars'

export const containerName = 'app'
export const containerPort = 8080

/** A public image with Python, rebuilt with each patch of its base. */
const exampleImage = 'public.ecr.aws/docker/library/python:3.13-alpine'

/** The task definition of a service, with its roles, log, feature flags and security group. */
export class Task extends Construct {
  readonly definitionArn: string
  readonly family: string
  readonly logGroupName: string
  readonly securityGroupId: string
  /** Its own group, and the client groups of its dependencies. */
  readonly securityGroupIds: string[]
  readonly taskRoleArn: string
  readonly executionRoleArn: string
  /** Lets a role start the task with its two roles. */
  readonly passRoles: PolicyStatement
  /** A task that starts before its roles have their policies fails, and the release counts that failure. */
  readonly granted: ITerraformDependable[]

  constructor(
    scope: Construct,
    id: string,
    { name, definition, context }: ServiceProps<ServiceDefinition>,
  ) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const access = accessOf(definition.uses, context)
    const log = logGroup(this, 'log', {
      name: `/tideway/${environment.name}/compute/${name}`,
      keyArn: context.logKeyArn,
    })
    const flags = new SsmParameter(this, 'feature-flags', {
      name: `/tideway/${environment.name}/${name}/feature-flags`,
      description: `Feature flags of ${name}, as JSON: read when a task starts`,
      type: 'SecureString',
      keyId: context.secretsKeyArn,
      value: '{}',
      // Operators change flags in the parameter, not by a deploy.
      lifecycle: { ignoreChanges: ['value'] },
    })
    const repository = context.repositories[name]
    const { image, cpu, memoryMiB } = definition
    const taskLog = { groupName: log.name, region: environment.region, streamPrefix: name }
    const app = {
      name: containerName,
      ...(image === 'example'
        ? { image: exampleImage, command: exampleCommand(definition) }
        : { image: `${repository?.url}:${image.tag}` }),
      port: isScheduled(definition) ? undefined : containerPort,
      environment: { PORT: `${containerPort}`, ...access.environment },
      secrets: { FEATURE_FLAGS: flags.arn, ...access.secrets },
    }
    const sidecars = sidecarsOf(definition, taskLog)
    const taskRole = new ServiceRole(this, `${name}-task`, {
      service: 'ecs-tasks.amazonaws.com',
      statements: access.statements,
    })
    const executionRole = new ServiceRole(this, `${name}-start`, {
      service: 'ecs-tasks.amazonaws.com',
      statements: [
        {
          Sid: 'LogIntoRegistry',
          Action: 'ecr:GetAuthorizationToken',
          Resource: '*', // applies to the whole registry, which has no ARN
        },
        ...(repository === undefined
          ? []
          : [
              {
                Sid: 'PullImage',
                Action: [
                  'ecr:BatchCheckLayerAvailability',
                  'ecr:BatchGetImage',
                  'ecr:GetDownloadUrlForLayer',
                ],
                Resource: repository.arn,
              },
            ]),
        {
          Sid: 'WriteLog',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `${log.arn}:*`,
        },
        { Sid: 'ReadFeatureFlags', Action: 'ssm:GetParameters', Resource: flags.arn },
        { Sid: 'DecryptFeatureFlags', Action: 'kms:Decrypt', Resource: context.secretsKeyArn },
        ...access.executionStatements,
        ...sidecars.flatMap((sidecar) => sidecar.executionStatements),
      ],
    })
    this.family = resourceName(this, 'aws_ecs_task_definition', name)
    const task = new EcsTaskDefinition(this, 'definition', {
      family: this.family,
      // Standbys may use another kind of capacity than the primary.
      requiresCompatibilities: ['EC2', 'FARGATE'],
      networkMode: 'awsvpc',
      runtimePlatform: { cpuArchitecture, operatingSystemFamily: 'LINUX' },
      cpu: `${cpu}`,
      memory: `${memoryMiB}`,
      taskRoleArn: taskRole.arn,
      executionRoleArn: executionRole.arn,
      // A release in progress and a rollback need the previous revision.
      skipDestroy: true,
      containerDefinitions: JSON.stringify([
        containerDefinition(app, taskLog),
        ...sidecars.map((sidecar) => sidecar.definition),
      ]),
    })
    const group = securityGroup(this, 'security-group', {
      name: `${name}-tasks`,
      description: `Tasks of ${name}`,
      vpcId: context.vpcId,
    })
    allowHttpsEgress(this, 'out', {
      groupId: group.id,
      description: 'AWS and image registries, whose addresses are not known beforehand',
    })
    this.definitionArn = task.arn
    this.logGroupName = log.name
    this.securityGroupId = group.id
    this.securityGroupIds = [group.id, ...access.securityGroupIds]
    this.taskRoleArn = taskRole.arn
    this.executionRoleArn = executionRole.arn
    this.passRoles = {
      Sid: 'HandRolesToTasks',
      Action: 'iam:PassRole',
      Resource: [taskRole.arn, executionRole.arn],
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }
    this.granted = [taskRole.granted, executionRole.granted]
  }
}

function exampleCommand(definition: ServiceDefinition): string[] {
  return isScheduled(definition)
    ? ['python3', '-c', 'print("Replace me by your own image")']
    : ['python3', '-c', readFileSync(join(__dirname, 'example.py'), 'utf8')]
}
