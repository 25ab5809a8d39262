import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition'
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter'
import {
  allowHttpsEgress,
  literal,
  logGroup,
  type PolicyStatement,
  type Problem,
  resourceName,
  ServiceRole,
  securityGroup,
  throwIfInvalid,
  throwIfTooLarge,
  tidewayStackOf,
} from '@tideway/constructs'
import { cpuArchitecture, passRoles } from '@tideway/ecs-spot/internal'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import {
  containerName,
  defaultPort,
  isScheduled,
  portOf,
  type ServiceDefinition,
} from '../definition'
import { accessOf } from './access'
import { type ContainerProps, containerParts, type TaskContext } from './container-definition'
import type { ServiceProps } from './context'
import { readStatements } from './secret-access'
import { containersOf } from './sidecars'

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
    const access = accessOf({ name, definition, context })
    const log = logGroup(this, 'log', {
      name: `/tideway/${environment.name}/compute/${name}`,
      keyArn: context.logKeyArn,
      minRetentionDays: definition.log?.retentionDays,
    })
    const flags = this.featureFlags(name, definition, context)
    const repository = context.repositories[name]
    const taskContext: TaskContext = {
      environment,
      repository,
      log: {
        groupName: log.name,
        streamPrefix: name,
        bufferMiB: definition.log?.bufferMiB,
      },
    }
    const port = isScheduled(definition) ? defaultPort : portOf(definition)
    const platform = {
      variables: { PORT: `${port}`, ...access.environment },
      secretArns: { ...(flags && { FEATURE_FLAGS: flags.arn }), ...access.secrets },
    }
    throwIfInvalid(takenVariables(this.node.path, definition, platform))
    const containers = containersOf(
      containerParts(
        {
          name: containerName,
          fields: programOf(definition),
          port: isScheduled(definition) ? undefined : port,
          served: isScheduled(definition) ? undefined : definition.connect?.serves,
          ...platform,
        },
        taskContext,
      ),
      definition,
      taskContext,
    )
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
        ...pullStatements([
          ...(repository === undefined ? [] : [repository.arn]),
          ...containers.flatMap(({ repositoryArns }) => repositoryArns),
        ]),
        {
          Sid: 'WriteLog',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `${log.arn}:*`,
        },
        ...(flags === undefined
          ? []
          : [
              { Sid: 'ReadFeatureFlags', Action: 'ssm:GetParameters', Resource: flags.arn },
              {
                Sid: 'DecryptFeatureFlags',
                Action: 'kms:Decrypt',
                Resource: context.secretsKeyArn,
              },
            ]),
        ...readStatements(
          containers.flatMap(({ reads }) => reads),
          environment,
        ),
        ...access.executionStatements,
      ],
    })
    this.family = resourceName(this, 'aws_ecs_task_definition', name)
    const { cpu, memoryMiB, ephemeralStorageGiB } = definition
    const volumes = containers.flatMap((container) => container.volumes)
    const containerDefinitions = JSON.stringify(containers.map((container) => container.definition))
    // ECS limits all of the task definition to 64 KiB. The rest of it is short.
    throwIfTooLarge(
      `${this.node.path} (containers)`,
      containerDefinitions,
      62 * 1024,
      'Shorten variables and commands, or read large values from a parameter or a bucket.',
    )
    const task = new EcsTaskDefinition(this, 'definition', {
      family: this.family,
      // Standbys may use another kind of capacity than the primary. ECS rejects a size of the disk for instances.
      requiresCompatibilities: ephemeralStorageGiB === undefined ? ['EC2', 'FARGATE'] : ['FARGATE'],
      networkMode: 'awsvpc',
      runtimePlatform: {
        cpuArchitecture: architectureOf(definition),
        operatingSystemFamily: 'LINUX',
      },
      cpu: `${cpu}`,
      memory: `${memoryMiB}`,
      taskRoleArn: taskRole.arn,
      executionRoleArn: executionRole.arn,
      // A release in progress and a rollback need the previous revision.
      skipDestroy: true,
      ...(ephemeralStorageGiB !== undefined && {
        ephemeralStorage: { sizeInGib: ephemeralStorageGiB },
      }),
      ...(volumes.length > 0 && { volume: volumes.map((volume) => ({ name: volume })) }),
      containerDefinitions,
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
    this.passRoles = passRoles([taskRole.arn, executionRole.arn])
    this.granted = [taskRole.granted, executionRole.granted]
  }
  private featureFlags(
    name: string,
    { featureFlags = {} }: ServiceDefinition,
    { secretsKeyArn: keyId }: ServiceProps<ServiceDefinition>['context'],
  ): SsmParameter | undefined {
    if (featureFlags === 'off') return undefined
    return new SsmParameter(this, 'feature-flags', {
      name: `/tideway/${tidewayStackOf(this).environment.name}/${name}/feature-flags`,
      description: `Feature flags of ${name}, as JSON: read when a task starts`,
      type: 'SecureString',
      keyId,
      value: literal(JSON.stringify(featureFlags)),
      // Operators change flags in the parameter, not by a deploy.
      lifecycle: { ignoreChanges: ['value'] },
    })
  }
}

export function architectureOf({ architecture }: ServiceDefinition): 'ARM64' | 'X86_64' {
  return architecture === 'x86-64' ? 'X86_64' : cpuArchitecture
}

/** The program of the service, or the example. */
function programOf(definition: ServiceDefinition) {
  const { image } = definition
  if (image !== 'example') return { ...definition, image }
  const script = isScheduled(definition)
    ? 'print("Replace me by your own image")'
    : readFileSync(join(__dirname, 'example.py'), 'utf8')
  const { command = ['python3', '-c', script] } = definition
  return { ...definition, command, image: { example: exampleImage } }
}

function pullStatements(repositoryArns: readonly string[]): PolicyStatement[] {
  const [first, ...others] = new Set(repositoryArns)
  if (first === undefined) return []
  return [
    {
      Sid: 'PullImage',
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:GetDownloadUrlForLayer',
      ],
      Resource: others.length === 0 ? first : [first, ...others],
    },
  ]
}

/** Variables of a definition that the platform sets: for the service itself, or for what it uses. */
function takenVariables(
  path: string,
  { environment, secrets }: ServiceDefinition,
  { variables, secretArns }: Required<Pick<ContainerProps, 'variables' | 'secretArns'>>,
): Problem[] {
  return Object.keys({ ...variables, ...secretArns })
    .filter((name) => Object.hasOwn({ ...environment, ...secrets }, name))
    .map((got) => ({
      path: `${path}: environment and secrets`,
      must: 'have no variable that the platform sets',
      got,
      fix: 'Rename it, or use the value of the platform.',
    }))
}
