import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition'
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter'
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule'
import { nameOf, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { cpuArchitecture } from '../capacity/instance-types'
import { securityGroup } from '../security-group'
import { accessOf } from './access'
import type { ServiceContext } from './context'
import { isScheduled, type ServiceDefinition } from './definition'

export interface TaskProps {
  readonly name: string
  readonly definition: ServiceDefinition
  readonly context: ServiceContext
}

export const containerName = 'app'
export const containerPort = 8080

/** Public, and rebuilt with each patch of its base. It has Python, which the example needs, and nothing else. */
const exampleImage = 'public.ecr.aws/docker/library/python:3.13-alpine'

/** What a service runs: its container, the two roles, the log, what it is told and what it may reach. */
export class Task extends Construct {
  readonly definitionArn: string
  readonly family: string
  readonly securityGroupId: string
  /** Its own, and those that what it uses lets in. */
  readonly securityGroupIds: string[]
  readonly taskRoleArn: string
  readonly startRoleArn: string
  /** A task that starts before its roles have their policies fails, and counts against its release. */
  readonly granted: ITerraformDependable[]

  constructor(scope: Construct, id: string, { name, definition, context }: TaskProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { environment } = stack
    const access = accessOf(definition.uses, context)
    const log = new CloudwatchLogGroup(this, 'log', {
      name: `/tideway/${environment.name}/compute/${name}`,
      retentionInDays: environment.logRetentionDays,
      kmsKeyId: context.logKeyArn,
    })
    const flags = new SsmParameter(this, 'feature-flags', {
      name: `/tideway/${environment.name}/${name}/feature-flags`,
      description: `Feature flags of ${name}, as JSON: read when a task starts`,
      type: 'SecureString',
      keyId: context.secretsKeyArn,
      value: '{}',
      // Whoever turns a flag does it here, and not by a deploy of this stack.
      lifecycle: { ignoreChanges: ['value'] },
    })
    const repository = context.repositories[name]
    const taskRole = new ServiceRole(this, `${name}-task`, {
      service: 'ecs-tasks.amazonaws.com',
      statements: access.statements,
    })
    const startRole = new ServiceRole(this, `${name}-start`, {
      service: 'ecs-tasks.amazonaws.com',
      statements: [
        {
          Sid: 'LogIntoRegistry',
          Action: 'ecr:GetAuthorizationToken',
          Resource: '*', // it is for the registry as a whole, which has no ARN
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
        ...access.startStatements,
      ],
    })
    this.family = nameOf(environment, 'aws_ecs_task_definition', name, this.node.path)
    const { image, cpu, memoryMiB } = definition
    const settings = { PORT: `${containerPort}`, ...access.environment }
    const secrets = { FEATURE_FLAGS: flags.arn, ...access.secrets }
    const task = new EcsTaskDefinition(this, 'definition', {
      family: this.family,
      // Of every kind of capacity: the standby may be on another one than the service itself.
      requiresCompatibilities: ['EC2', 'FARGATE'],
      networkMode: 'awsvpc',
      runtimePlatform: { cpuArchitecture, operatingSystemFamily: 'LINUX' },
      cpu: `${cpu}`,
      memory: `${memoryMiB}`,
      taskRoleArn: taskRole.arn,
      executionRoleArn: startRole.arn,
      // A release in flight, or a rollback, still needs the revision before.
      skipDestroy: true,
      containerDefinitions: JSON.stringify([
        {
          name: containerName,
          ...(image === 'example'
            ? { image: exampleImage, command: exampleCommand(definition) }
            : { image: `${repository?.url}:${image.tag}` }),
          essential: true,
          readonlyRootFilesystem: true,
          // Nobody, by number: a name need not be known in every image.
          user: '65534:65534',
          linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
          // The whole notice of Spot, for those who use it.
          stopTimeout: 120,
          portMappings: isScheduled(definition) ? [] : [{ containerPort, protocol: 'tcp' }],
          environment: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
          secrets: Object.entries(secrets).map(([key, valueFrom]) => ({ name: key, valueFrom })),
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': log.name,
              'awslogs-region': environment.region,
              'awslogs-stream-prefix': name,
              // A log that cannot be written must not stop the service.
              mode: 'non-blocking',
            },
          },
        },
      ]),
    })
    const group = securityGroup(this, 'security-group', {
      name: `${name}-tasks`,
      description: `Tasks of ${name}`,
      vpcId: context.vpcId,
    })
    new VpcSecurityGroupEgressRule(this, 'out', {
      securityGroupId: group.id,
      description: 'AWS and image registries, whose addresses are not known beforehand',
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    })
    this.definitionArn = task.arn
    this.securityGroupId = group.id
    this.securityGroupIds = [group.id, ...access.securityGroupIds]
    this.taskRoleArn = taskRole.arn
    this.startRoleArn = startRole.arn
    this.granted = [taskRole.granted, startRole.granted]
  }
}

function exampleCommand(definition: ServiceDefinition): string[] {
  return isScheduled(definition)
    ? ['python3', '-c', 'print("Replace me by your own image")']
    : ['python3', '-c', readFileSync(join(__dirname, 'example.py'), 'utf8')]
}
