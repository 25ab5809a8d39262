import type { PolicyDocument, Statement } from '@tideway/constructs/iam-evaluator'
import { zipSync } from 'fflate'
import type { Deployed, DeployedRule } from '../src/delivery/deployed'
import { Synthesized } from '../src/delivery/synthesized'
import { Drill, type DrillReport, usualPlan } from '../src/drought/drill'
import { SimulatedCloud } from '../src/simulated-cloud'
import { withSynthesizedCompute } from './synthesize'

// The stack of the services, as it is synthesized for this machine: what is broken here would be deployed broken.
const stack = withSynthesizedCompute()

/** The synthesized stack, with something changed. */
class Changed extends Synthesized {
  constructor(
    private readonly change: (deployed: Deployed) => Deployed,
    private readonly zip?: Buffer,
  ) {
    super({ compute: stack() })
  }

  override deployed(): Deployed {
    return this.change(super.deployed())
  }

  override zipOf(name: string): Buffer | undefined {
    return this.zip ?? super.zipOf(name)
  }
}

/** Enough for everything to be heard and called once, and for a standby to be given back. */
const short = { releaseAt: 60, droughtAt: 480, droughtEndsAt: 720, endsAt: 1500 }

/** A drill as fast as it goes. */
async function drill(
  change: (deployed: Deployed) => Deployed,
  zip?: Buffer,
  plan = short,
): Promise<DrillReport> {
  const cloud = await SimulatedCloud.start(new Changed(change, zip))
  try {
    const world = await cloud.startWorld(1)
    const drill = new Drill(world, plan)
    while (!drill.isDone) await world.run(60)
    return drill.report()
  } finally {
    await cloud.close()
  }
}

const rulesWith =
  (change: (rule: DeployedRule) => DeployedRule) =>
  (deployed: Deployed): Deployed => ({ ...deployed, rules: deployed.rules.map(change) })

/** Without an action, wherever it stands in a role's policies. */
const without =
  (role: string, action: string) =>
  (deployed: Deployed): Deployed => ({
    ...deployed,
    rolePolicies: new Map(
      [...deployed.rolePolicies].map(([arn, policies]) => [
        arn,
        arn.endsWith(`/${role}`) ? policies.map((policy) => lacking(policy, action)) : policies,
      ]),
    ),
  })

function lacking({ Statement }: PolicyDocument, action: string): PolicyDocument {
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as readonly Statement[]
  return {
    Statement: statements.map((statement) => ({
      ...statement,
      Action: [statement.Action ?? []].flat().filter((each) => each !== action),
    })),
  }
}

test('as it is deployed, no service falls short, and all is given back', async () => {
  const { failures, services, hasPassed } = await drill(
    (deployed) => deployed,
    undefined,
    usualPlan,
  )
  expect(failures).toEqual([])
  expect(hasPassed).toBe(true)
  expect(
    services.map(({ name, longestShortfallSeconds }) => ({ name, longestShortfallSeconds })),
  ).toEqual([
    { name: 'tideway-local-api', longestShortfallSeconds: 0 },
    { name: 'tideway-local-worker', longestShortfallSeconds: 0 },
  ])
  for (const { mostStandby, raisedAfterSeconds } of services) {
    expect(mostStandby).toBeGreaterThan(0)
    // Before the two minutes of the notice are over.
    expect(raisedAfterSeconds).toBeLessThan(120)
  }
})

const reconcile = 'tideway-local-failover-reconcile'
const drain = 'tideway-local-failover-drain'
const role = 'tideway-local-compute-failover'

test.each([
  'placement-failure',
  'task-notice',
  'task-state',
  'task-running',
  'deployment-state',
  'instance-notice',
  'launch-failure',
])('a broken pattern of rule %s is named', async (rule) => {
  const name = `tideway-local-failover-${rule}`
  const { failures } = await drill(
    rulesWith((each) =>
      each.name === name ? { ...each, pattern: { source: ['aws.batch'] } } : each,
    ),
  )
  expect(failures.join('\n')).toContain(`rule ${name}: its pattern matches none of the`)
})

test.each<[string, (deployed: Deployed) => Deployed, string]>([
  [
    'a rule that is disabled',
    rulesWith((rule) => ({ ...rule, isEnabled: !rule.name.endsWith('task-notice') })),
    'rule tideway-local-failover-task-notice: it is disabled',
  ],
  [
    'a rule without its target',
    rulesWith((rule) => (rule.name.endsWith('task-notice') ? { ...rule, targets: [] } : rule)),
    'rule tideway-local-failover-task-notice: it has no target',
  ],
  [
    'a queue without its policy',
    (deployed) => ({
      ...deployed,
      queues: deployed.queues.map((queue) =>
        queue.name === drain ? { ...queue, policy: { Statement: [] } } : queue,
      ),
    }),
    `queue policy of ${drain}: it does not let events.amazonaws.com send for rule tideway-local-failover-task-notice`,
  ],
  [
    'a key that EventBridge may not use',
    (deployed) => ({ ...deployed, keyPolicies: new Map() }),
    `it does not let events.amazonaws.com encrypt for queue ${reconcile}`,
  ],
  [
    'a queue that nothing reads',
    (deployed) => ({
      ...deployed,
      mappings: deployed.mappings.filter(({ functionName }) => functionName !== drain),
    }),
    `event source mapping of queue ${drain}: there is none that is enabled`,
  ],
  [
    'a platform without standbys',
    (deployed) => ({
      ...deployed,
      services: deployed.services.map((service) => ({ ...service, tags: [] })),
    }),
    'services: none has a standby, so nothing was tried',
  ],
  [
    'a mapping that is disabled',
    (deployed) => ({
      ...deployed,
      mappings: deployed.mappings.map((mapping) => ({ ...mapping, isEnabled: false })),
    }),
    `event source mapping of ${reconcile}: it is not enabled`,
  ],
  [
    'a handler that is not in the zip',
    (deployed) => ({
      ...deployed,
      functions: deployed.functions.map((each) => ({ ...each, handler: 'index.nothing' })),
    }),
    `function ${reconcile}: it fails: Error: index exports no function nothing`,
  ],
  [
    'a function without a variable',
    (deployed) => ({
      ...deployed,
      functions: deployed.functions.map(
        ({ variables: { TABLE_NAME: _, ...variables }, ...each }) => ({
          ...each,
          variables,
        }),
      ),
    }),
    'TABLE_NAME: must be set',
  ],
])('%s is named', async (_, change, named) => {
  expect((await drill(change)).failures.join('\n')).toContain(named)
})

test.each([
  ['reconcile', 'ecs:DescribeServices'],
  ['reconcile', 'ecs:DescribeTasks'],
  ['reconcile', 'ecs:ListTasks'],
  ['reconcile', 'ecs:ListServices'],
  ['reconcile', 'ecs:ListContainerInstances'],
  ['reconcile', 'ecs:UpdateService'],
  ['reconcile', 'iam:PassRole'],
  ['reconcile', 'elasticloadbalancing:DescribeTargetHealth'],
  ['reconcile', 'dynamodb:BatchGetItem'],
  ['reconcile', 'dynamodb:PutItem'],
  ['reconcile', 'dynamodb:Query'],
  ['reconcile', 'sqs:SendMessage'],
  ['reconcile', 'sqs:ReceiveMessage'],
  ['reconcile', 'kms:Decrypt'],
  ['reconcile', 'sns:Publish'],
  ['drain', 'ecs:DescribeServices'],
  ['drain', 'elasticloadbalancing:DescribeTargetGroups'],
  ['drain', 'elasticloadbalancing:DescribeTargetHealth'],
  ['drain', 'elasticloadbalancing:DeregisterTargets'],
  ['drain', 'sqs:DeleteMessage'],
  ['sweep', 'sqs:SendMessage'],
])('without an action in the role of %s: %s', async (name, action) => {
  const { failures } = await drill(without(`${role}-${name}`, action))
  expect(failures.join('\n')).toMatch(new RegExp(`${role}-${name}.* does not allow ${action} on`))
})

test.each([
  ['that is none', Buffer.from('no zip'), 'it does not run: its zip cannot be read'],
  [
    'without the code',
    Buffer.from(zipSync({ 'a.txt': Buffer.from('a') })),
    'it fails: Error: the zip has no index',
  ],
  [
    'whose code fails',
    Buffer.from(zipSync({ 'index.mjs': Buffer.from('throw new Error("early")') })),
    'it fails: Error: early',
  ],
  [
    'whose code ends',
    Buffer.from(zipSync({ 'index.mjs': Buffer.from('process.exit(3)') })),
    'it does not run: its process ended with 3',
  ],
])('a zip %s is named', async (_, zip, named) => {
  const { failures } = await drill((deployed) => deployed, zip)
  expect(failures.join('\n')).toContain(`function ${reconcile}: ${named}`)
})
