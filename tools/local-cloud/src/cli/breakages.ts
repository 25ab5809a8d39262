import { zipSync } from 'fflate'
import type { LocalAws } from '../delivery/local-aws'

/** What can be broken. */
export interface Breakable {
  readonly aws: LocalAws
  zipOf(functionName: string): Buffer | undefined
}

/** One part of the deployed path of events, broken and repaired. */
export interface Breakage {
  readonly what: string
  /** Part of what a drill must say of it. */
  readonly names: RegExp
  break(cloud: Breakable): Promise<() => Promise<unknown>>
}

const prefix = 'tideway-local-failover'

/** What a drill has to find out: each alone is enough to lose a drought. */
export const breakages: readonly Breakage[] = [
  {
    what: "a rule's pattern",
    names: new RegExp(`rule ${prefix}-task-notice: its pattern matches none`),
    break: ({ aws }) =>
      withPattern(aws, `${prefix}-task-notice`, (pattern) => ({
        ...pattern,
        source: ['aws.batch'],
      })),
  },
  {
    what: 'the policy of a queue',
    names: new RegExp(`queue policy of ${prefix}-reconcile: it does not let events.amazonaws.com`),
    async break({ aws }) {
      const QueueUrl = `https://sqs.us-east-1.amazonaws.com/123456789012/${prefix}-reconcile`
      const call = <Output>(operation: string, input: object) =>
        aws.json<Output>('sqs', `AmazonSQS.${operation}`, { QueueUrl, ...input })
      const { Attributes } = await call<{ Attributes: { Policy: string } }>('GetQueueAttributes', {
        AttributeNames: ['Policy'],
      })
      const set = (Policy: string) => call('SetQueueAttributes', { Attributes: { Policy } })
      await set(Attributes.Policy.replaceAll(':rule/', ':another-rule/'))
      return () => set(Attributes.Policy)
    },
  },
  {
    what: 'the event source mapping',
    names: new RegExp(`event source mapping of queue ${prefix}-reconcile: there is none`),
    async break({ aws }) {
      const { EventSourceMappings } = await aws.rest<{
        EventSourceMappings: { UUID: string; FunctionArn: string }[]
      }>('lambda', 'GET', '/2015-03-31/event-source-mappings')
      const mapping = EventSourceMappings.find(({ FunctionArn }) =>
        FunctionArn.endsWith(`${prefix}-reconcile`),
      )
      const path = `/2015-03-31/event-source-mappings/${mapping?.UUID}`
      await aws.rest('lambda', 'PUT', path, { Enabled: false })
      return () => aws.rest('lambda', 'PUT', path, { Enabled: true })
    },
  },
  {
    what: 'an action in the role of a function',
    names: /role tideway-local-compute-failover-reconcile: it does not allow ecs:UpdateService on/,
    break: ({ aws }) =>
      withoutAction(aws, 'tideway-local-compute-failover-reconcile', 'ecs:UpdateService'),
  },
  {
    what: 'the zip of a function',
    names: new RegExp(`function ${prefix}-reconcile: it fails: .*the zip has no index`),
    async break({ aws, zipOf }) {
      const path = `/2015-03-31/functions/${prefix}-reconcile`
      const before = zipOf(`${prefix}-reconcile`)?.toString('base64')
      const empty = Buffer.from(zipSync({ 'readme.txt': Buffer.from('empty') })).toString('base64')
      await aws.rest('lambda', 'PUT', `${path}/code`, { ZipFile: empty })
      return () => aws.rest('lambda', 'PUT', `${path}/code`, { ZipFile: before })
    },
  },
]

async function withPattern(
  aws: LocalAws,
  Name: string,
  change: (pattern: Record<string, unknown>) => object,
): Promise<() => Promise<unknown>> {
  const { EventPattern, Description } = await aws.json<{
    EventPattern: string
    Description: string
  }>('events', 'AWSEvents.DescribeRule', { Name })
  const put = (pattern: string) =>
    aws.json('events', 'AWSEvents.PutRule', { Name, Description, EventPattern: pattern })
  await put(JSON.stringify(change(JSON.parse(EventPattern))))
  return () => put(EventPattern)
}

async function withoutAction(
  aws: LocalAws,
  RoleName: string,
  action: string,
): Promise<() => Promise<unknown>> {
  const PolicyName = /<member>([^<]*)</.exec(
    await aws.query('iam', 'ListRolePolicies', { RoleName }),
  )?.[1]
  if (PolicyName === undefined) throw new Error(`${RoleName} has no policy of its own`)
  const answer = await aws.query('iam', 'GetRolePolicy', { RoleName, PolicyName })
  const document = decodeURIComponent(/<PolicyDocument>([^<]*)</.exec(answer)?.[1] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
  const put = (PolicyDocument: string) =>
    aws.query('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument })
  await put(document.replace(`"${action}"`, '"sts:GetCallerIdentity"'))
  return () => put(document)
}
