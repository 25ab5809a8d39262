import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule'
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target'
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table'
import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule'
import {
  AlarmTopic,
  contextOf,
  type DeploymentContext,
  EncryptionKey,
  logsService,
  resourceName,
  ServiceRole,
  serviceOfAccount,
  setContext,
  throwIfInvalid,
  throwIfTooLarge,
} from '@tideway/constructs/parts'
import { buildZip } from '@tideway/failover-lambda/build'
import { deployment, rateVariables } from '@tideway/failover-lambda/deployment'
import { eventRules, type HandlerName } from '@tideway/failover-lambda/event-rules'
import { AssetType, TerraformAsset } from 'cdktf'
import { Construct } from 'constructs'
import type { ClusterReference } from '../capacity'
import { completeContext } from '../context'
import type { ServiceDescription } from '../describe/service-description'
import type { FailoverPreferences } from '../service'
import { Alarms } from './alarms'
import { AttachedPrimaries } from './attached-primaries'
import { primaryProblems } from './check-primaries'
import { ControllerFunction } from './controller-function'
import { Dashboard } from './dashboard'
import { EventQueue } from './event-queue'
import { GameDay } from './game-day'
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
  /** `on` creates the experiments with which a game day interrupts Spot instances: one for each Spot group. */
  readonly gameDay: 'on' | 'off'
}

/**
 * The failover of a cluster. Only `cluster` is required in a stack with a deployment context; elsewhere, `account` and
 * `region` are too. `primaries` attaches it to services that others made.
 */
export interface SpotFailoverProps extends Partial<FailoverSettings>, Partial<DeploymentContext> {
  /** The cluster, by its name. */
  readonly cluster: ClusterReference | string
  /** Services that others made, as `ecs-spot describe` describes them. Each gets a standby. @default none */
  readonly primaries?: readonly ServiceDescription[]
  /** Follows the name of a primary in that of its standby. @default -standby */
  readonly standbySuffix?: string
  /** What the owners of primaries prefer, by the name of the primary. @default the defaults of the controller */
  readonly preferences?: Readonly<Record<string, FailoverPreferences>>
  /** Names of the capacity providers on Spot. @default those of the primaries */
  readonly spotProviderNames?: readonly string[]
  /** The Auto Scaling groups of Spot providers: their failed launches are evidence. @default those of the primaries */
  readonly spotGroups?: readonly SpotGroup[]
  /** ECS names of primaries whose standbys the stack has itself, by their short names. @default none */
  readonly serviceNames?: Readonly<Record<string, string>>
  /** Roles of tasks, or patterns of their ARNs. @default exactly those of the primaries */
  readonly taskRoleArns?: readonly string[]
  /** Patterns of the names of target groups. @default exactly the target groups of the primaries */
  readonly targetGroupNames?: readonly string[]
  readonly keyDescription?: string
  /** The key of the log groups. @default the key of the failover */
  readonly logKeyArn?: string
  /** Receives alarms and notifications. @default a topic of its own, which e-mails `alarmEmails` */
  readonly topicArn?: string
  /** The key of `topicArn`, if it is encrypted with another one than the log groups. @default that of the log groups */
  readonly topicKeyArn?: string
  /** The topics of the alarms of each service, by short name. @default `topicArn` */
  readonly serviceTopicArns?: Readonly<Record<string, string>>
}

export interface SpotGroup {
  readonly name: string
  readonly providerName: string
}

/** Enough for most services, and well below the limits of an account. */
const defaultSettings: FailoverSettings = {
  callsPerSecond: 20,
  writesPerSecond: 5,
  maxCoverDollarsPerHour: 'unlimited',
  standbyHours: 6,
  reserveConcurrency: 'off',
  gameDay: 'off',
}

/** The alarms of a controller that does not work. An experiment can have five, and the command reads all others. */
const endGameDay = [
  'dead',
  'reconcile-late',
  'reconcile-errors',
  'reconcile-throttles',
  'reconcile-dead-letters',
]

/** The failover controller of a cluster: event rules, queues, functions, the table and the sweep every minute. */
export class SpotFailover extends Construct {
  /** Receives alarms and notifications. */
  readonly topicArn: string

  constructor(scope: Construct, id: string, props: SpotFailoverProps) {
    super(scope, id)
    const clusterName = typeof props.cluster === 'string' ? props.cluster : props.cluster.name
    setContext(this, completeContext(this, props, clusterName))
    const context = contextOf(this)
    const { region, account, protectData } = context
    const regionAndAccount = `${region}:${account}`
    const cluster =
      typeof props.cluster === 'string'
        ? { name: clusterName, arn: `arn:aws:ecs:${regionAndAccount}:cluster/${clusterName}` }
        : props.cluster
    const { primaries = [], standbySuffix = '-standby', preferences = {} } = props
    throwIfInvalid(
      primaryProblems(primaries, {
        cluster: clusterName,
        region,
        account,
        standbySuffix,
        preferences,
      }),
    )
    const settings = { ...defaultSettings, ...props }
    const spotGroups = props.spotGroups ?? spotGroupsOf(primaries)
    const spotProviderNames =
      props.spotProviderNames ??
      unique(spotItems(primaries).map(({ capacityProvider }) => capacityProvider))
    const serviceNames = {
      ...props.serviceNames,
      ...Object.fromEntries(primaries.map(({ name }) => [name, name])),
    }
    const key = new EncryptionKey(this, 'key', {
      name: 'failover',
      description: props.keyDescription ?? `Events and records of the failover of ${clusterName}`,
      services: [
        // AWS documents no condition that EventBridge meets when it sends to a queue, and rules would fail silently. Only
        // our queues use the key, and their policies name the rules.
        { principal: 'events.amazonaws.com' },
        ...(props.logKeyArn === undefined ? [logsService(this)] : []),
        ...(props.topicArn === undefined
          ? [serviceOfAccount('cloudwatch.amazonaws.com', context)]
          : []),
      ],
    })
    const logKeyArn = props.logKeyArn ?? key.arn
    const topicArn =
      props.topicArn ?? new AlarmTopic(this, 'failover-alarms', { keyArn: key.arn }).arn
    this.topicArn = topicArn

    const rules = eventRules({
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      spotGroupNames: spotGroups.map(({ name }) => name),
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
      ...reachOf(this, props, regionAndAccount),
    }
    const variables = {
      TABLE_NAME: table.name,
      CLUSTERS: cluster.name,
      TOPIC_ARN: topicArn,
      SPOT_PROVIDERS: spotProviderNames.join(' '),
      ...(spotGroups.length > 0 && {
        SPOT_GROUPS: spotGroups
          .map(({ name, providerName }) => `${name}=${providerName}`)
          .join(' '),
      }),
      ...rateVariables(settings),
      ...(settings.maxCoverDollarsPerHour !== 'unlimited' && {
        MAX_COVER_DOLLARS_PER_HOUR: `${settings.maxCoverDollarsPerHour}`,
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
        topicKeyArn: props.topicKeyArn,
        statements: grantsOf(handler, { ...grantable, queueArn: queues[handler].arn }),
        reserveConcurrency: settings.reserveConcurrency,
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

    new AttachedPrimaries(this, 'primaries', {
      clusterArn: cluster.arn,
      primaries,
      standbySuffix,
      preferences,
    })

    const ruleNames = events.map(({ rule }) => rule.name)
    const monitored = {
      ...settings,
      topicArn,
      serviceNames,
      serviceTopicArns: props.serviceTopicArns ?? {},
      clusterName,
      queues,
      functions,
      ruleNames,
    }
    const { arns, controllerArns } = new Alarms(this, 'alarms', monitored)
    new Dashboard(this, 'dashboard', {
      ...monitored,
      alarmArns: controllerArns,
      showsAll: primaries.length > 0,
    })
    if (settings.gameDay === 'on' && spotGroups.length > 0) {
      new GameDay(this, 'game-day', {
        clusterName,
        groupNames: spotGroups.map(({ name }) => name),
        alarmArns: endGameDay.map((part) => arns.get(part) ?? ''),
      })
    }
  }
}

/** What the roles of the functions reach: names or patterns that are given, or exactly what the descriptions name. */
function reachOf(
  { node }: Construct,
  { taskRoleArns, targetGroupNames, primaries = [] }: SpotFailoverProps,
  regionAndAccount: string,
) {
  const reach = {
    taskRoleArns: taskRoleArns ?? unique(primaries.flatMap(({ roleArns }) => roleArns)),
    targetGroupArns:
      targetGroupNames?.map(
        (name) => `arn:aws:elasticloadbalancing:${regionAndAccount}:targetgroup/${name}`,
      ) ?? unique(primaries.flatMap((primary) => primary.targetGroupArns)),
  }
  throwIfTooLarge(
    `${node.path} (ARNs of roles and target groups in a policy)`,
    JSON.stringify(reach),
    maxReachBytes,
    'Set taskRoleArns and targetGroupNames to patterns, such as ["arn:aws:iam::123456789012:role/shop-*"] and ["shop-*"].',
  )
  return reach
}

/** IAM allows 10,240 for a policy. The other statements need less than the rest. */
export const maxReachBytes = 6500

function spotItems(primaries: readonly ServiceDescription[]) {
  return primaries.flatMap(({ strategy }) => strategy.filter(({ isSpot }) => isSpot))
}

function spotGroupsOf(primaries: readonly ServiceDescription[]): SpotGroup[] {
  const groups = spotItems(primaries).flatMap(({ autoScalingGroup, capacityProvider }) =>
    autoScalingGroup === undefined ? [] : [[autoScalingGroup, capacityProvider] as const],
  )
  const byName = [...new Map(groups)].sort(([one], [other]) => (one < other ? -1 : 1))
  return byName.map(([name, providerName]) => ({ name, providerName }))
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
