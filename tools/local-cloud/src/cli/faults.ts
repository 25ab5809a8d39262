import { zipSync } from 'fflate'
import { encodedPolicyOf } from '../delivery/read-deployed'
import type { LocalCloud } from '../local-cloud'

/** A fault in one part of the deployed path of events. */
export interface Fault {
  readonly what: string
  /** The failure that a drill must report. */
  readonly failure: RegExp
  /** The alarm that goes off, without the prefix of its name. @default none: the sweeps still find a shortage */
  readonly alarm?: string
  /** Injects the fault, and returns a function that restores the part. */
  inject(cloud: LocalCloud): Promise<() => Promise<unknown>>
}

const prefix = 'tideway-local-failover'
const FunctionName = `${prefix}-reconcile`

/** Each fault alone makes a service fail in a drought. */
export const faults: readonly Fault[] = [
  {
    what: "a rule's pattern",
    failure: new RegExp(`rule ${prefix}-task-notice: its pattern matches none`),
    async inject({ aws: { eventBridge } }) {
      const Name = `${prefix}-task-notice`
      const { EventPattern = '', Description } = await eventBridge.describeRule({ Name })
      const put = (pattern: string) =>
        eventBridge.putRule({ Name, Description, EventPattern: pattern })
      await put(JSON.stringify({ ...JSON.parse(EventPattern), source: ['aws.batch'] }))
      return () => put(EventPattern)
    },
  },
  {
    what: 'the policy of a queue',
    failure: new RegExp(`queue policy of ${FunctionName}: it does not allow events.amazonaws.com`),
    alarm: 'rules-failed',
    async inject({ aws: { sqs } }) {
      const { QueueUrl } = await sqs.getQueueUrl({ QueueName: FunctionName })
      const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['Policy'] })
      const policy = Attributes?.Policy ?? ''
      const set = (Policy: string) => sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } })
      await set(policy.replaceAll(':rule/', ':another-rule/'))
      return () => set(policy)
    },
  },
  {
    what: 'the event source mapping',
    failure: new RegExp(`event source mapping of queue ${FunctionName}: none is enabled`),
    alarm: 'dead',
    async inject({ aws: { lambda } }) {
      const { EventSourceMappings = [] } = await lambda.listEventSourceMappings({})
      const { UUID } =
        EventSourceMappings.find(({ FunctionArn }) => FunctionArn?.endsWith(FunctionName)) ?? {}
      await lambda.updateEventSourceMapping({ UUID, Enabled: false })
      return () => lambda.updateEventSourceMapping({ UUID, Enabled: true })
    },
  },
  {
    what: 'an action in the role of a function',
    failure:
      /role tideway-local-compute-failover-reconcile: it does not allow ecs:UpdateService on/,
    alarm: 'reconcile-dead-letters',
    async inject({ aws: { iam } }) {
      const RoleName = 'tideway-local-compute-failover-reconcile'
      const { PolicyNames: [PolicyName] = [] } = await iam.listRolePolicies({ RoleName })
      const { PolicyDocument } = await iam.getRolePolicy({ RoleName, PolicyName })
      const policy = JSON.stringify(encodedPolicyOf(PolicyDocument))
      const put = (document: string) =>
        iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: document })
      await put(policy.replace('"ecs:UpdateService"', '"sts:GetCallerIdentity"'))
      return () => put(policy)
    },
  },
  {
    what: 'the zip of a function',
    failure: new RegExp(`function ${FunctionName}: it fails: .*the zip has no index`),
    alarm: 'dead',
    async inject({ aws: { lambda }, zipOf }) {
      const ZipFile = zipOf(FunctionName)
      const empty = zipSync({ 'readme.txt': Buffer.from('empty') })
      await lambda.updateFunctionCode({ FunctionName, ZipFile: empty })
      return () => lambda.updateFunctionCode({ FunctionName, ZipFile })
    },
  },
]
