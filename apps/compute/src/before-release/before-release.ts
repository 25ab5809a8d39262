import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function'
import { LambdaInvocation } from '@cdktf/provider-aws/lib/lambda-invocation'
import {
  type Environment,
  literal,
  logGroup,
  nameOf,
  type PolicyStatement,
  ServiceRole,
  tidewayStackOf,
} from '@tideway/constructs'
import { buildZipOf } from '@tideway/failover-lambda/build'
import { AssetType, Fn, type ITerraformDependable, TerraformAsset } from 'cdktf'
import { Construct } from 'constructs'
import { type BeforeReleaseCommand, containerName } from '../definition'
import { defaultBeforeReleaseMinutes } from '../definition/before-release'
import type { ServiceContext } from '../service/context'
import { runTaskStatements } from '../service/run-task'
import type { Task } from '../service/task'
import type { CommandSettings } from './handler'

export interface BeforeReleaseProps {
  readonly name: string
  readonly context: ServiceContext
  readonly task: Task
  readonly command: BeforeReleaseCommand
  /** Who releases later revisions. Terraform always releases the first. */
  readonly releasedBy: 'terraform' | 'code-deploy'
}

/** The function that an AppSpec names. */
export function beforeReleaseFunctionName(environment: Environment, service: string): string {
  return nameOf(
    environment,
    'aws_lambda_function',
    `${service}-before-release`,
    `services/${service}/before-release`,
  )
}

/**
 * Runs the command of a service before its release. Terraform invokes the function for the first revision, and for each
 * later one that it releases itself; CodeDeploy invokes it as a hook.
 */
export class BeforeRelease extends Construct {
  readonly functionArn: string
  /** What releases a revision depends on this. */
  readonly succeeded: ITerraformDependable

  constructor(scope: Construct, id: string, props: BeforeReleaseProps) {
    super(scope, id)
    const { name, context, task, command } = props
    const { environment } = tidewayStackOf(this)
    const { timeoutMinutes = defaultBeforeReleaseMinutes } = command
    const functionName = beforeReleaseFunctionName(environment, name)
    const log = logGroup(this, 'log', {
      name: `/aws/lambda/${functionName}`,
      keyArn: context.logKeyArn,
    })
    const role = new ServiceRole(this, `${name}-before-release`, {
      service: 'lambda.amazonaws.com',
      statements: [
        ...runTaskStatements(task, context),
        {
          Sid: 'ListTasks',
          Action: 'ecs:ListTasks',
          Resource: '*', // the resource would be a container instance, which Fargate has not
          Condition: { ArnEquals: { 'ecs:cluster': context.cluster.arn } },
        },
        task.passRoles,
        ...this.reportsTo(props),
        { Sid: 'ReportCrashes', Action: 'sns:Publish', Resource: context.alarmTopicArn },
        {
          Sid: 'UseKeys',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: [context.logKeyArn, context.secretsKeyArn],
        },
        {
          Sid: 'Trace',
          Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
          Resource: '*', // traces have no ARN
        },
        {
          Sid: 'WriteLog',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `${log.arn}:*`,
        },
      ],
    })
    const settings: CommandSettings = {
      cluster: context.cluster.name,
      container: containerName,
      command: command.command.map(literal),
      // One by one: a list token cannot be embedded in a JSON string.
      subnets: environment.availabilityZones.map((_, zone) => Fn.element(context.subnetIds, zone)),
      securityGroups: task.securityGroupIds,
      timeoutMinutes,
      logGroup: task.logGroupName,
      startedBy: `before-release/${name}`,
    }
    const zip = buildZipOf(join(__dirname, 'handler.ts'), 'before-release', [
      '@aws-sdk/client-codedeploy',
    ])
    const sha256 = createHash('sha256').update(readFileSync(zip))
    const lambda = new LambdaFunction(this, 'function', {
      functionName,
      description: `Runs a command before each release of ${name}`,
      filename: new TerraformAsset(this, 'zip', {
        path: zip,
        type: AssetType.FILE,
        assetHash: sha256.copy().digest('hex').slice(0, 32),
      }).path,
      sourceCodeHash: sha256.digest('base64'),
      handler: 'index.handler',
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      memorySize: 256,
      // Some time to stop the task and to report.
      timeout: timeoutMinutes * 60 + 45,
      role: role.arn,
      environment: { variables: { COMMAND: JSON.stringify(settings) } },
      kmsKeyArn: context.secretsKeyArn,
      loggingConfig: { logFormat: 'Text', logGroup: log.name },
      tracingConfig: { mode: 'Active' },
      deadLetterConfig: { targetArn: context.alarmTopicArn },
      dependsOn: [role.granted],
    })
    this.functionArn = lambda.arn
    this.succeeded = new LambdaInvocation(this, 'invocation', {
      functionName: lambda.functionName,
      // A new revision replaces the invocation, and so invokes the function.
      input: JSON.stringify({ taskDefinition: task.definitionArn }),
      lifecycle: props.releasedBy === 'code-deploy' ? { ignoreChanges: ['input'] } : undefined,
      dependsOn: [...task.granted],
    })
  }

  private reportsTo({ name, releasedBy }: BeforeReleaseProps): PolicyStatement[] {
    if (releasedBy === 'terraform') return []
    const { environment } = tidewayStackOf(this)
    const { account, region } = environment
    const application = nameOf(environment, 'aws_codedeploy_app', name, this.node.path)
    return [
      {
        Sid: 'ReportToCodeDeploy',
        Action: ['codedeploy:GetDeployment', 'codedeploy:PutLifecycleEventHookExecutionStatus'],
        Resource: `arn:aws:codedeploy:${region}:${account}:deploymentgroup:${application}/${application}`,
      },
    ]
  }
}
