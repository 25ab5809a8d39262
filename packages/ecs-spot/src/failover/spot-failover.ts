import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule'
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target'
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table'
import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule'
import {
  contextOf,
  type DeploymentContext,
  EncryptionKey,
  resourceName,
  ServiceRole,
  setContext,
} from '@tideway/constructs/parts'
import { buildZip } from '@tideway/failover-lambda/build'
import { deployment, rateVariables } from '@tideway/failover-lambda/deployment'
import { eventRules, type HandlerName } from '@tideway/failover-lambda/event-rules'
import { AssetType, TerraformAsset } from 'cdktf'
import { Construct } from 'constructs'
import type { ClusterReference } from '../capacity'
import { Alarms } from './alarms'
import { ControllerFunction } from './controller-function'
import { Dashboard } from './dashboard'
import { EventQueue } from './event-queue'
import { grantsOf } from './grants'

export interface FailoverSettings {
  /** ECS API calls of the controller, except UpdateService. The whole account shares one limit. */
  readonly callsPerSecond: number
  /** UpdateService calls of the controller. By default, AWS allows 5 a second after a burst of 50. */
  readonly writesPerSecond: number
  /** The maximum price of all standbys together, in US dollars per hour. What exceeds it stays missing. */
  readonly maxCoverDollarsPerHour: number | 'unlimited'
  /** Hours on standbys after which an alarm goes off. */
  readonly standbyHours: number
  /** `on` reserves concurrency for the controller's functions. The quota of a new account is too low: see README. */
  readonly reserveConcurrency: 'on' | 'off'
}

export interface SpotFailoverProps extends FailoverSettings {
  /** The account, and the names of the resources. @default those of the stack */
  readonly context?: DeploymentContext
  readonly cluster: ClusterReference
  /** Names of the capacity providers on Spot. */
  readonly spotProviderNames: readonly string[]
  /** The Auto Scaling group of a Spot capacity provider: its failed launches are evidence of a shortage. */
  readonly spotGroup: { readonly name: string; readonly providerName: string }
  /** The ECS names of primaries with standbys, by their short names. */
  readonly serviceNames: Readonly<Record<string, string>>
  /** The task roles and execution roles of the primaries. */
  readonly taskRoleArns: readonly string[]
  /** Patterns of the names of the target groups of covered services. */
  readonly targetGroupNames: readonly string[]
  readonly keyDescription: string
  readonly logKeyArn: string
  readonly topicArn: string
  /** The topics of the alarms of each service, by short name. */
  readonly serviceTopicArns: Readonly<Record<string, string>>
}

/** The failover controller of a cluster: event rules, queues, functions, the table and the sweep every minute. */
export class SpotFailover extends Construct {
  constructor(scope: Construct, id: string, props: SpotFailoverProps) {
    super(scope, id)
    if (props.context !== undefined) setContext(this, props.context)
    const { region, account, protectData } = contextOf(this)
    const regionAndAccount = `${region}:${account}`
    const { cluster, spotGroup, topicArn, logKeyArn } = props
    const key = new EncryptionKey(this, 'key', {
      name: 'failover',
      description: props.keyDescription,
      // AWS documents no condition that EventBridge meets when it sends to a queue, and rules would fail silently. Only
      // our queues use the key, and their policies name the rules.
      services: [{ principal: 'events.amazonaws.com' }],
    })

    const rules = eventRules({
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      spotGroupName: spotGroup.name,
      regionAndAccount,
    })
    const events = Object.entries(rules).map(([name, { description, pattern, targets }]) => {
      const rule = new CloudwatchEventRule(this, name, {
        name: resourceName(this, 'aws_cloudwatch_event_rule', `failover-${name}`),
        description,
        eventPattern: JSON.stringify(pattern),
      })
      return { name, rule, targets }
    })
    const queueOf = (handler: HandlerName) =>
      new EventQueue(this, `${handler}-queue`, {
        name: `failover-${handler}`,
        keyArn: key.arn,
        visibilitySeconds: deployment.visibilityTimeoutSeconds,
        ruleArns: events
          .filter(({ targets }) => targets.includes(handler))
          .map(({ rule }) => rule.arn),
      })
    const queues = { reconcile: queueOf('reconcile'), drain: queueOf('drain') }
    for (const { name, rule, targets } of events) {
      for (const handler of targets) {
        new CloudwatchEventTarget(this, `${name}-to-${handler}`, {
          rule: rule.name,
          targetId: handler,
          arn: queues[handler].arn,
          deadLetterConfig: { arn: queues[handler].deadLetterArn },
          // After an hour, the sweeps have found everything that the event reports.
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 185 },
        })
      }
    }

    const { hashKey, index } = deployment.table
    const table = new DynamodbTable(this, 'table', {
      name: resourceName(this, 'aws_dynamodb_table', 'failover'),
      billingMode: 'PAY_PER_REQUEST',
      hashKey,
      attribute: [hashKey, index].map((name) => ({ name, type: 'S' })),
      // Only pairs that are not calm have the attribute, so the index stays short.
      globalSecondaryIndex: [{ name: index, hashKey: index, projectionType: 'KEYS_ONLY' }],
      serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: protectData,
    })

    const path = buildZip()
    const asset = new TerraformAsset(this, 'zip', {
      path,
      type: AssetType.FILE,
      assetHash: createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 32),
    })
    const zip = {
      path: asset.path,
      sha256: createHash('sha256').update(readFileSync(path)).digest('base64'),
    }
    const grantable = {
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      regionAndAccount,
      tableArn: table.arn,
      topicArn,
      taskRoleArns: props.taskRoleArns,
      targetGroupNames: props.targetGroupNames,
    }
    const variables = {
      TABLE_NAME: table.name,
      CLUSTERS: cluster.name,
      TOPIC_ARN: topicArn,
      SPOT_PROVIDERS: props.spotProviderNames.join(' '),
      SPOT_GROUPS: `${spotGroup.name}=${spotGroup.providerName}`,
      ...rateVariables(props),
      ...(props.maxCoverDollarsPerHour !== 'unlimited' && {
        MAX_COVER_DOLLARS_PER_HOUR: `${props.maxCoverDollarsPerHour}`,
      }),
    }
    const functionOf = (handler: HandlerName) =>
      new ControllerFunction(this, handler, {
        handler,
        zip,
        variables: { ...variables, QUEUE_URL: queues[handler].url },
        queue: queues[handler],
        keyArn: key.arn,
        logKeyArn,
        statements: grantsOf(handler, { ...grantable, queueArn: queues[handler].arn }),
        reserveConcurrency: props.reserveConcurrency,
      })
    const functions = { reconcile: functionOf('reconcile'), drain: functionOf('drain') }

    const scheduler = new ServiceRole(this, 'failover-sweep', {
      service: 'scheduler.amazonaws.com',
      statements: [
        { Sid: 'Send', Action: 'sqs:SendMessage', Resource: queues.reconcile.arn },
        { Sid: 'Encrypt', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: key.arn },
      ],
    })
    new SchedulerSchedule(this, 'sweep', {
      name: resourceName(this, 'aws_scheduler_schedule', 'failover-sweep'),
      description: 'A look at every pair that is not calm, and at some of all others',
      scheduleExpression: `rate(${deployment.sweepMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: queues.reconcile.arn,
        roleArn: scheduler.arn,
        input: deployment.sweepMessage,
        // The next sweep follows in a minute.
        retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60 },
      },
      dependsOn: [scheduler.granted],
    })

    const ruleNames = events.map(({ rule }) => rule.name)
    const monitored = { ...props, clusterName: cluster.name, queues, functions, ruleNames }
    new Alarms(this, 'alarms', monitored)
    new Dashboard(this, 'dashboard', monitored)
  }
}
