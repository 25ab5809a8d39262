import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule'
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target'
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table'
import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule'
import { EncryptionKey, nameOf, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { buildZip } from '@tideway/failover-lambda/build'
import { AssetType, TerraformAsset } from 'cdktf'
import { Construct } from 'constructs'
import type { Capacity } from '../capacity'
import type { Cluster } from '../cluster'
import type { FailoverSettings } from '../settings'
import { Alarms } from './alarms'
import { ControllerFunction, functionsAtOnce, functionTimeoutSeconds } from './controller-function'
import { Dashboard } from './dashboard'
import { EventQueue } from './event-queue'
import { grantsOf } from './grants'
import { watchedEvents } from './patterns'

export interface FailoverProps extends FailoverSettings {
  readonly cluster: Cluster
  readonly capacity: Capacity
  /** Primaries with standbys, by their short names: what ECS calls them. */
  readonly serviceNames: Readonly<Record<string, string>>
  /** What their tasks run as, and what starts them. */
  readonly taskRoleArns: readonly string[]
  readonly logKeyArn: string
  readonly topicArn: string
}

/** The failover controller as it is deployed: events to queues, queues to functions, and a look at everything each minute. */
export class Failover extends Construct {
  constructor(scope: Construct, id: string, props: FailoverProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { environment } = stack
    const home = `${environment.region}:${environment.account}`
    const { cluster, capacity, topicArn, logKeyArn } = props
    const queueArns = `arn:aws:sqs:${home}:tideway-${environment.name}-failover-*`
    const key = new EncryptionKey(this, 'key', {
      name: 'failover',
      description: `What the failover controller of ${environment.name} hears and remembers`,
      services: [
        {
          // It names neither account nor rule to KMS; but SQS says for which queue it asks.
          principal: 'events.amazonaws.com',
          condition: { ArnLike: { 'kms:EncryptionContext:aws:sqs:arn': queueArns } },
        },
      ],
    })

    const events = Object.entries(watchedEvents(cluster, capacity, home)).map(
      ([name, { description, pattern, tells }]) => {
        const rule = new CloudwatchEventRule(this, name, {
          name: nameOf(
            environment,
            'aws_cloudwatch_event_rule',
            `failover-${name}`,
            this.node.path,
          ),
          description,
          eventPattern: JSON.stringify(pattern),
        })
        return { name, rule, tells }
      },
    )
    const queueOf = (handler: 'drain' | 'reconcile') =>
      new EventQueue(this, `${handler}-queue`, {
        name: `failover-${handler}`,
        keyArn: key.arn,
        visibilitySeconds: functionTimeoutSeconds,
        ruleArns: events.filter(({ tells }) => tells.includes(handler)).map(({ rule }) => rule.arn),
      })
    const queues = { reconcile: queueOf('reconcile'), drain: queueOf('drain') }
    for (const { name, rule, tells } of events) {
      for (const handler of tells) {
        new CloudwatchEventTarget(this, `${name}-to-${handler}`, {
          rule: rule.name,
          targetId: handler,
          arn: queues[handler].arn,
          deadLetterConfig: { arn: queues[handler].deadLetterArn },
          // After an hour, the looks of each minute have seen all that it could tell.
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 185 },
        })
      }
    }

    const table = new DynamodbTable(this, 'table', {
      name: failoverTableName(this),
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'pair',
      attribute: [
        { name: 'pair', type: 'S' },
        { name: 'open', type: 'S' },
      ],
      // Only pairs that are not calm have the attribute, so the index is as long as the trouble.
      globalSecondaryIndex: [{ name: 'open', hashKey: 'open', projectionType: 'KEYS_ONLY' }],
      serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: environment.protectData,
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
      home,
      tableArn: table.arn,
      queueArn: queues.reconcile.arn,
      topicArn,
      taskRoleArns: props.taskRoleArns,
    }
    const variables = {
      TABLE_NAME: table.name,
      QUEUE_URL: queues.reconcile.url,
      CLUSTERS: cluster.name,
      TOPIC_ARN: topicArn,
      SPOT_PROVIDERS: capacity.spotProviderNames.join(' '),
      SPOT_GROUPS: `${capacity.spotGroupName}=${capacity.providerNames['ec2-spot']}`,
      // Each function keeps to its part.
      CALLS_PER_SECOND: `${props.callsPerSecond / functionsAtOnce}`,
      CALLS_BURST: `${props.callsPerSecond}`,
    }
    const functionOf = (handler: 'drain' | 'reconcile') =>
      new ControllerFunction(this, handler, {
        handler,
        zip,
        variables,
        queue: queues[handler],
        keyArn: key.arn,
        logKeyArn,
        statements: grantsOf(handler, grantable),
        reserveConcurrency: props.reserveConcurrency,
      })
    const functions = { reconcile: functionOf('reconcile'), drain: functionOf('drain') }

    const clock = new ServiceRole(this, 'failover-sweep', {
      service: 'scheduler.amazonaws.com',
      statements: [
        { Sid: 'Send', Action: 'sqs:SendMessage', Resource: queues.reconcile.arn },
        { Sid: 'Encrypt', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: key.arn },
      ],
    })
    new SchedulerSchedule(this, 'sweep', {
      name: nameOf(environment, 'aws_scheduler_schedule', 'failover-sweep', this.node.path),
      description: 'A look at every pair that is not calm, and at some of all others',
      scheduleExpression: 'rate(1 minutes)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: queues.reconcile.arn,
        roleArn: clock.arn,
        input: JSON.stringify({ 'detail-type': 'Tideway Sweep' }),
        // The next one comes in a minute.
        retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60 },
      },
      dependsOn: [clock.granted],
    })

    const watched = { ...props, clusterName: cluster.name, queues, functions }
    new Alarms(this, 'alarms', watched)
    new Dashboard(this, 'dashboard', watched)
  }
}

/** The table with what is remembered of each pair: whoever releases a service reads it too. */
export function failoverTableName(scope: Construct): string {
  const { environment } = tidewayStackOf(scope)
  return nameOf(environment, 'aws_dynamodb_table', 'failover', scope.node.path)
}
